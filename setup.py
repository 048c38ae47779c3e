"""Build visrec. Everything that varies is read from settings.ini, which nbdev reads as well."""

from configparser import ConfigParser
from pathlib import Path

import setuptools

here = Path(__file__).parent
parser = ConfigParser(delimiters=["="])
parser.read(here / "settings.ini", encoding="utf-8")
cfg = dict(parser["DEFAULT"])

LICENSES = {"apache2": "Apache-2.0", "mit": "MIT", "bsd3": "BSD-3-Clause"}
STATUSES = {
    "1": "1 - Planning", "2": "2 - Pre-Alpha", "3": "3 - Alpha", "4": "4 - Beta",
    "5": "5 - Production/Stable", "6": "6 - Mature", "7": "7 - Inactive",
}  # fmt: skip


def license_args(name):
    "`license_expression` from setuptools 77 on (PEP 639); the older `license` field before that."
    spdx = LICENSES.get(name.lower(), name)
    if int(setuptools.__version__.split(".")[0]) >= 77:
        return {"license_expression": spdx, "license_files": ["LICENSE"]}
    return {"license": spdx}


def extras():
    "Every `xyz_requirements` of settings.ini becomes the extra `xyz`."
    end = "_requirements"
    return {k[: -len(end)]: v.split() for k, v in cfg.items() if k.endswith(end)}


lib = cfg["lib_name"]
major, minor = cfg["min_python"].split(".")
setuptools.setup(
    name=lib,
    version=cfg["version"],
    description=cfg["description"],
    long_description=(here / "README.md").read_text(encoding="utf-8") if (here / "README.md").exists() else "",
    long_description_content_type="text/markdown",
    keywords=cfg["keywords"],
    author=cfg["author"],
    author_email=cfg["author_email"],
    url=cfg["git_url"],
    project_urls={"Documentation": cfg["doc_host"] + cfg["doc_baseurl"], "Source": cfg["git_url"]},
    packages=setuptools.find_packages(include=[lib, lib + ".*"]),
    package_data={lib: ["py.typed", "__init__.pyi", "data/shop.json", "serving/static/*", "serving/templates/*"]},
    zip_safe=False,
    python_requires=">=" + cfg["min_python"],
    install_requires=cfg["requirements"].split(),
    extras_require=extras(),
    entry_points={
        "console_scripts": cfg["console_scripts"].split(),
        "nbdev": [f"{lib}={lib}._modidx:d"],
    },
    classifiers=[
        "Development Status :: " + STATUSES[cfg["status"]],
        "Intended Audience :: " + cfg["audience"],
        "Natural Language :: " + cfg["language"],
        "Topic :: Scientific/Engineering :: Artificial Intelligence",
        "Typing :: Typed",
    ]
    + [f"Programming Language :: Python :: {major}.{n}" for n in range(int(minor), 14)],
    **license_args(cfg["license"]),
)
