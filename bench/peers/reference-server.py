"""What the reference backend's text classifier does for a request, written anew: a model object for each request, which
reads the label config again and writes its version to a cache in SQLite, and one scikit-learn pipeline for all of them;
results are built one by one. With CACHE_DIR unset the cache is left out, which is faster than the original.

The original also builds a schema of the label config for each request; this does not, so a ratio to it is a lower bound.
"""
import os
import sqlite3
import threading
import xml.etree.ElementTree as ElementTree

import numpy as np
from flask import Flask, jsonify, request
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

C = float(os.environ.get("LOGISTIC_REGRESSION_C", "10"))
VERSION = "Reference-v0.0.1"
app = Flask(__name__)
CACHE_DIR = os.environ.get("CACHE_DIR")
fitted = {"pipeline": None}
lock = threading.Lock()


def query(sql, *values):
    """A connection for each statement, one at a time, as there."""
    with lock, sqlite3.connect(os.path.join(CACHE_DIR, "cache.db")) as connection:
        return connection.execute(sql, values).fetchone()


def remember(project, config):
    """What making a model object reads and writes."""
    read = "SELECT value FROM cache WHERE project = ? AND key = ?"
    write = "REPLACE INTO cache VALUES (?, ?, ?)"
    if query(read, project, "label_config") != (config,):
        query(write, project, "label_config", config)
    query(read, project, "model_version")
    query(write, project, "model_version", VERSION)
    query(read, project, "model_version")


if CACHE_DIR:
    query("CREATE TABLE IF NOT EXISTS cache (project TEXT, key TEXT, value TEXT, PRIMARY KEY (project, key))")


class RequestModel:
    """Lives as long as one request."""

    def __init__(self, project, label_config):
        if CACHE_DIR:
            remember(project, label_config)
        view = ElementTree.fromstring(label_config)
        choices = view.find(".//Choices")
        text = next(node for node in view.iter("Text") if node.get("name") == choices.get("toName"))
        self.from_name, self.to_name = choices.get("name"), choices.get("toName")
        self.key = text.get("value").lstrip("$")
        self.labels = sorted(choice.get("value") for choice in choices.iter("Choice"))

    def pipeline(self):
        if fitted["pipeline"] is None:
            fitted["pipeline"] = self.fit(self.labels, range(len(self.labels)))
        return fitted["pipeline"]

    def fit(self, texts, targets):
        return make_pipeline(TfidfVectorizer(), LogisticRegression(C=C, max_iter=1000)).fit(texts, list(targets))

    def predict(self, tasks):
        texts = [task["data"].get(self.key) or task["data"].get("$undefined$") for task in tasks]
        proba = self.pipeline().predict_proba(texts)
        best = np.argmax(proba, axis=1)
        scores = proba[np.arange(len(best)), best]
        results = []
        for index, score in zip(best, scores):
            item = {
                "from_name": self.from_name,
                "to_name": self.to_name,
                "type": "choices",
                "value": {"choices": [self.labels[index]]},
            }
            results.append({"result": [item], "score": float(score), "model_version": VERSION})
        return results

    def train(self, tasks):
        index = {label: i for i, label in enumerate(self.labels)}
        texts, targets = [], []
        for task in tasks:
            for annotation in task["annotations"]:
                if annotation.get("result") and not annotation.get("was_cancelled"):
                    texts.append(task["data"][self.key])
                    targets.append(index[annotation["result"][0]["value"]["choices"][0]])
        fitted["pipeline"] = self.fit(texts, targets)


@app.get("/health")
def health():
    return jsonify({"status": "UP", "model_class": "Reference"})


@app.post("/setup")
def setup():
    RequestModel(request.json["project"], request.json["schema"])
    return jsonify({"model_version": VERSION})


@app.post("/predict")
def predict():
    body = request.json
    model = RequestModel(body["project"], body["label_config"])
    return jsonify({"results": model.predict(body["tasks"]), "model_version": VERSION})


@app.post("/train")
def train():
    body = request.json
    RequestModel(body["project"], body["label_config"]).train(body["annotations"])
    return jsonify({}), 201
