"""What a user of scikit-learn would run: read gzipped JSON lines, fit, save with joblib; or load and predict."""
import gzip
import json
import sys

import joblib
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline


def read(path):
    with gzip.open(path, "rt", encoding="utf-8", newline="\n") as lines:
        rows = [json.loads(line) for line in lines]
    return [row["text"] for row in rows], [row["label"] for row in rows]


def train(data, model_path, options):
    texts, labels = read(data)
    options = json.loads(options)
    if "ngram_range" in options:
        options["ngram_range"] = tuple(options["ngram_range"])
    model = make_pipeline(TfidfVectorizer(**options), LogisticRegression(max_iter=1000))
    model.fit(texts, labels)
    joblib.dump(model, model_path)
    print(json.dumps({"docs": len(texts), "features": len(model[0].vocabulary_)}))


def predict(data, model_path):
    texts, _ = read(data)
    model = joblib.load(model_path)
    proba = model.predict_proba(texts)
    for row in proba:
        print(json.dumps({"label": model.classes_[row.argmax()], "score": row.max()}))


{"train": train, "predict": predict}[sys.argv[1]](*sys.argv[2:])
