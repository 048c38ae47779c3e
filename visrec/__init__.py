__version__ = "0.1.0"

import warnings

# tqdm says so in every Jupyter without ipywidgets and then draws its bars as text
warnings.filterwarnings("ignore", "IProgress not found")
