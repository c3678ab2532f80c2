// A Python script that makes a model file a scikit-learn pipeline, with NumPy and scikit-learn alone. It reads the file
// by the layout that safetensors.ts and model-file.ts draw, so it is a witness that the layout is what they say.

/** The script; `modelPath` is where the model is from the script's directory. */
export function exportSklearn(modelPath: string): string {
  // A JSON string is a Python string.
  return script.replace('MODEL_PATH', () => JSON.stringify(modelPath));
}

const script = String.raw`"""A text classifier of Sparrow's as a scikit-learn pipeline.

    from NAME_OF_THIS_FILE import load_pipeline
    load_pipeline().predict_proba(["some text"])

From a shell, for one text a line: python3 THIS_FILE [MODEL] < TEXTS
Needs NumPy and scikit-learn 1.2 or newer; reads the model file itself and runs nothing that stands in it.
"""

import json
import os
import struct
import sys
import unicodedata
import zlib

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.preprocessing import LabelBinarizer

MODEL = os.path.join(os.path.dirname(os.path.abspath(__file__)), MODEL_PATH)
DTYPES = {"U8": "u1", "U32": "<u4", "F32": "<f4", "F64": "<f8"}
TOKEN_PATTERNS = {"two": r"(?u)\b\w\w+\b", "one": r"(?u)\b\w+\b"}


def read_model(path=MODEL):
    """Tensors by name, and the metadata, of a model file.

    | header length, u64 | header, JSON | data of all tensors, end to end |
    """
    with open(path, "rb") as file:
        content = file.read()
    (length,) = struct.unpack("<Q", content[:8])
    header = json.loads(content[8 : 8 + length])
    metadata = header.pop("__metadata__")
    if metadata.get("format") != "sparrow" or metadata.get("format_version") != "1":
        raise ValueError(f"{path} is not a Sparrow model of format version 1")
    checksum = content.index(b'"checksum":"', 8) + 12
    blank = zlib.crc32(b"00000000", zlib.crc32(content[:checksum]))
    if zlib.crc32(content[checksum + 8 :], blank) != int(metadata["checksum"], 16):
        raise ValueError(f"{path} is damaged")
    tensors = {}
    for name, entry in header.items():
        begin, end = (8 + length + offset for offset in entry["data_offsets"])
        tensors[name] = np.frombuffer(content[begin:end], DTYPES[entry["dtype"]]).reshape(entry["shape"])
    return tensors, metadata


class Composed:
    """A preprocessor after composition of characters (NFC)."""

    def __init__(self, preprocess):
        self.preprocess = preprocess

    def __call__(self, text):
        return self.preprocess(unicodedata.normalize("NFC", text))


def build_vectorizer(options, terms, idf):
    vectorizer = TfidfVectorizer(
        analyzer=options["analyzer"],
        ngram_range=tuple(options["ngramRange"]),
        lowercase=options["lowercase"],
        strip_accents=options["stripAccents"],
        binary=options["binary"],
        norm=None if options["norm"] == "none" else options["norm"],
        use_idf=idf is not None,
        sublinear_tf=options["sublinearTf"],
        vocabulary=terms,
    )
    if options["analyzer"] == "word":
        pattern = options["tokenPattern"]
        vectorizer.set_params(token_pattern=TOKEN_PATTERNS.get(pattern, pattern), stop_words=options["stopWords"])
    if options.get("normalize") == "nfc":
        vectorizer.set_params(preprocessor=Composed(vectorizer.build_preprocessor()))
    # The vocabulary is given, so this learns nothing that stays.
    vectorizer.fit([""])
    if idf is not None:
        vectorizer.idf_ = idf
    return vectorizer


def read_terms(tensors, block):
    content = tensors["vocabulary" + block].tobytes()
    ends = tensors["vocabulary_ends" + block].tolist()
    return [content[start:end].decode("utf-8", "surrogatepass") for start, end in zip([0] + ends, ends)]


def build_linear(coef, intercept, classes):
    model = LogisticRegression()
    model.classes_ = np.array(classes, dtype=object)
    model.coef_ = coef
    model.intercept_ = intercept
    model.n_features_in_ = coef.shape[1]
    return model


def build_one_vs_rest(coef, intercept, targets):
    model = OneVsRestClassifier(LogisticRegression())
    model.estimators_ = [build_linear(coef[k : k + 1], intercept[k : k + 1], [0, 1]) for k in range(len(coef))]
    model.label_binarizer_ = LabelBinarizer().fit(targets)
    model.classes_ = model.label_binarizer_.classes_
    return model


def build_regression(coef, intercept, classes, scheme):
    """Columns of predict_proba are the model's classes, in their order."""
    if scheme == "softmax" and len(classes) == 2:
        # A softmax over two is the sigmoid of their difference.
        return build_linear(coef[1:] - coef[:1], intercept[1:] - intercept[:1], classes)
    if scheme in ("softmax", "binary"):
        return build_linear(coef, intercept, classes)
    if scheme == "ovr":
        return build_one_vs_rest(coef, intercept, classes)
    if len(classes) == 1:
        return build_linear(coef, intercept, [0, 1])
    # Several labels a text: predict gives a table of zeros and ones.
    return build_one_vs_rest(coef, intercept, np.eye(len(classes), dtype=int))


def load_pipeline(path=MODEL):
    """The model as a fitted Pipeline; its label_names are the classes in the order of predict_proba's columns."""
    tensors, metadata = read_model(path)
    vectorizers = []
    for i, options in enumerate(json.loads(metadata["vectorizers"])):
        block = f".{i}" if i else ""
        terms = read_terms(tensors, block)
        vectorizers.append((f"tfidf{i}", build_vectorizer(options, terms, tensors.get("idf" + block))))
    classes = json.loads(metadata["classes"])
    coef = tensors["coef"].astype(np.float64)
    features = vectorizers[0][1] if len(vectorizers) == 1 else FeatureUnion(vectorizers)
    regression = build_regression(coef, tensors["intercept"], classes, metadata["scheme"])
    pipeline = Pipeline([("features", features), ("regression", regression)])
    pipeline.label_names = classes
    return pipeline


if __name__ == "__main__":
    loaded = load_pipeline(*sys.argv[1:2])
    for line in sys.stdin:
        row = loaded.predict_proba([line.rstrip("\n")])[0]
        print(json.dumps(dict(zip(loaded.label_names, row.tolist())), ensure_ascii=False))
`;
