"""Recommend products by how they look, together with what people bought and rated.

`visrec.run` does everything in one go. The names in `__init__.pyi` are loaded when they are first used, so that
`import visrec` takes no time; all else is in `visrec.data`, `learner`, `embeddings`, `neighbors`, `recommenders`,
`evaluation` and `serving`.
"""

__version__ = "0.1.0"

import warnings
from importlib import import_module

import lazy_loader

# tqdm says so in every Jupyter without ipywidgets and then draws its bars as text
warnings.filterwarnings("ignore", "IProgress not found")

_attribute, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
_PARTS = ("data", "learner", "embeddings", "neighbors", "recommenders", "evaluation", "serving", "internals")


def __getattr__(name):
    if name in _PARTS:
        return import_module(f"{__name__}.{name}")
    with import_module(f"{__name__}.internals.extras").named_extra():
        value = _attribute(name)
    import_module(f"{__name__}.internals.docstrings").explain_parameters(value)
    return value
