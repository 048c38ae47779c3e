"""Runs, results, page, command line"""

from pkgutil import iter_modules

import lazy_loader

__getattr__, __dir__, _ = lazy_loader.attach(__name__, submodules=[each.name for each in iter_modules(__path__)])
