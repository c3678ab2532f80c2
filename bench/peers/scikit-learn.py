"""scikit-learn as a peer: a JSON request a line on standard input, a JSON answer a line on standard output.

The solvers are scikit-learn's own. Their loss functions are wrapped to note the time at which the objective first came
within the wanted distance of the optimum, which is when a solver that knew the optimum could have stopped.
"""
import gzip
import json
import sys
import time
import types
import warnings

import numpy as np
import scipy
import sklearn
from scipy.special import logsumexp
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression, SGDClassifier, _logistic
from sklearn.linear_model._sag import sag_solver
from sklearn.utils.extmath import row_norms

warnings.filterwarnings("ignore")
NAMES = {
    "ngramRange": "ngram_range",
    "sublinearTf": "sublinear_tf",
    "analyzer": "analyzer",
}


class Clock:
    """Wall and processor time since it was made."""

    def __init__(self):
        self.cpu = time.process_time()
        self.wall = time.perf_counter()

    def read(self):
        wall = time.perf_counter() - self.wall
        return {"seconds": wall, "cpuSeconds": time.process_time() - self.cpu}


class Stopped(Exception):
    pass


class Trace:
    """The least objective seen so far, and when the wanted one was reached."""

    def __init__(self, problem, cap):
        self.problem = problem
        self.cap = cap
        self.best = np.inf
        self.reached = None
        self.scale = None
        self.clock = Clock()

    def wrap(self, function):
        def traced(w, *args, **kwargs):
            result = function(w, *args, **kwargs)
            value = result[0] if isinstance(result, tuple) else result
            # Releases scale the loss differently; at the first point, which is zero, its true value is known.
            if self.scale is None:
                self.scale = self.problem.objective_at_zero() / value
            self.note(value * self.scale)
            return result

        return traced

    def note(self, objective):
        now = self.clock.read()
        self.best = min(self.best, objective)
        if self.reached is None and self.best <= self.problem.wanted:
            self.reached = now
        if now["seconds"] > self.cap:
            raise Stopped


class Problem:
    """Rows, labels, and the objective at the optimum that others have found."""

    def __init__(self, X, labels, C, optimum, gap):
        self.X = X
        self.C = C
        self.labels = np.asarray(labels)
        self.classes, self.y = np.unique(self.labels, return_inverse=True)
        self.optimum = optimum
        self.wanted = optimum * (1 + gap)

    def objective_at_zero(self):
        return self.C * len(self.y) * np.log(len(self.classes))

    def objective(self, coef, intercept):
        raw = self.X @ coef.T + intercept
        if raw.shape[1] == 1:
            losses = np.logaddexp(0, -raw[:, 0] * (2 * self.y - 1))
        else:
            losses = logsumexp(raw, axis=1) - raw[np.arange(len(self.y)), self.y]
        return self.C * losses.sum() + 0.5 * (coef**2).sum()


def fit_traced(problem, solver, cap):
    """lbfgs or newton-cg as LogisticRegression runs them by default, until they stop by themselves."""
    trace = Trace(problem, cap)
    minimize, newton = scipy.optimize.minimize, _logistic._newton_cg
    _logistic.optimize = types.SimpleNamespace(
        minimize=lambda function, *args, **kwargs: minimize(trace.wrap(function), *args, **kwargs)
    )
    _logistic._newton_cg = lambda hess, function, *args, **kwargs: newton(hess, trace.wrap(function), *args, **kwargs)
    model = LogisticRegression(C=problem.C, solver=solver, max_iter=1000)
    try:
        trace.clock = Clock()
        model.fit(problem.X, problem.labels)
        spent = trace.clock.read()
    except Stopped:
        return None, {**trace.clock.read(), "isCut": True, "gap": relative(trace.best, problem), "toGap": trace.reached}
    finally:
        _logistic.optimize = scipy.optimize
        _logistic._newton_cg = newton
    objective = problem.objective(model.coef_, model.intercept_)
    return model, {
        **spent,
        "objective": objective,
        "gap": relative(objective, problem),
        "iterations": int(model.n_iter_.max()),
        "toGap": trace.reached,
    }


def fit_saga(problem, cap):
    """saga an epoch at a time, its memory kept, until the wanted objective; only the solver's own time counts."""
    X, outputs = problem.X, len(problem.classes)
    y = (problem.y if outputs > 2 else 2 * problem.y - 1).astype(np.float64)
    outputs = outputs if outputs > 2 else 1
    memory = {"coef": np.zeros((X.shape[1] + 1, outputs))}
    random = np.random.RandomState(0)
    wall = cpu = 0.0
    epochs, objective = 0, np.inf
    clock = Clock()
    squared = row_norms(X, squared=True).max()
    while True:
        _, _, memory = sag_solver(
            X, y, None, "multinomial" if outputs > 1 else "log", 1 / problem.C, 0.0, 1, 0.0, 0, random,
            False, squared, memory, is_saga=True,
        )
        spent = clock.read()
        wall, cpu, epochs = wall + spent["seconds"], cpu + spent["cpuSeconds"], epochs + 1
        weights = memory["coef"].T
        objective = problem.objective(weights[:, :-1], weights[:, -1])
        if objective <= problem.wanted or wall > cap:
            break
        clock = Clock()
    model = LogisticRegression(C=problem.C)
    model.classes_ = problem.classes
    model.coef_, model.intercept_ = weights[:, :-1], weights[:, -1]
    spent = {"seconds": wall, "cpuSeconds": cpu}
    return model, {
        **spent,
        "objective": objective,
        "gap": relative(objective, problem),
        "iterations": epochs,
        "isCut": bool(objective > problem.wanted),
        "toGap": spent if objective <= problem.wanted else None,
    }


def fit_sgd(problem):
    """One-vs-rest and an approximate answer: another problem, solved for the same purpose."""
    model = SGDClassifier(loss="log_loss", alpha=1 / (problem.C * len(problem.y)), random_state=0)
    clock = Clock()
    model.fit(problem.X, problem.labels)
    return model, {**clock.read(), "iterations": int(model.n_iter_)}


def relative(objective, problem):
    return (objective - problem.optimum) / problem.optimum


def read(path):
    with gzip.open(path, "rt", encoding="utf-8", newline="\n") as lines:
        rows = [json.loads(line) for line in lines]
    return [row["text"] for row in rows], [row["label"] for row in rows]


class Peer:
    def hello(self, request):
        versions = f"scikit-learn {sklearn.__version__}, numpy {np.__version__}, scipy {scipy.__version__}"
        return {"version": f"{versions}, Python {sys.version.split()[0]}"}

    def load(self, request):
        self.texts, self.labels = read(request["train"])
        self.test_texts, self.test_labels = read(request["test"])
        self.X_test = None
        return {}

    def make_vectorizer(self, options):
        options = {NAMES[name]: value for name, value in options.items()}
        if "ngram_range" in options:
            options["ngram_range"] = tuple(options["ngram_range"])
        return TfidfVectorizer(**options)

    def vectorize(self, request):
        vectorizer = self.make_vectorizer(request["options"])
        clock = Clock()
        X = vectorizer.fit_transform(self.texts)
        spent = clock.read()
        self.vectorizer, self.X, self.X_test = vectorizer, X, None
        return {**spent, "features": X.shape[1], "nnz": X.nnz}

    def fit(self, request):
        problem = Problem(self.X, self.labels, 1.0, request["optimum"], request["gap"])
        solver, cap = request["solver"], request["cap"]
        if solver == "saga":
            model, answer = fit_saga(problem, cap)
        elif solver == "sgd":
            model, answer = fit_sgd(problem)
        else:
            model, answer = fit_traced(problem, solver, cap)
        return {**answer, "accuracy": None if model is None else self.accuracy(model)}

    def accuracy(self, model):
        if self.X_test is None:
            self.X_test = self.vectorizer.transform(self.test_texts)
        return float(np.mean(model.predict(self.X_test) == np.asarray(self.test_labels)))

    def train(self, request):
        clock = Clock()
        vectorizer = self.make_vectorizer(request["options"])
        model = LogisticRegression(max_iter=1000).fit(vectorizer.fit_transform(self.texts), self.labels)
        spent = clock.read()
        self.vectorizer, self.model, self.X_test = vectorizer, model, None
        return {**spent, "accuracy": self.accuracy(model)}

    def predict(self, request):
        clock = Clock()
        proba = self.model.predict_proba(self.vectorizer.transform(self.test_texts))
        spent = clock.read()
        labels = self.model.classes_[proba.argmax(axis=1)]
        return {**spent, "accuracy": float(np.mean(labels == np.asarray(self.test_labels)))}

    def one(self, request):
        times = []
        for text in self.test_texts[: request["count"]]:
            start = time.perf_counter()
            self.model.predict_proba(self.vectorizer.transform([text]))
            times.append(time.perf_counter() - start)
        return {"seconds": float(np.median(times)), "p99": float(np.quantile(times, 0.99)), "cpuSeconds": None}


def main():
    peer = Peer()
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = getattr(peer, request["op"])(request)
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


main()
