# The public names of visrec, for `lazy_loader` and for type checkers; nbs/tests/front_door.ipynb holds their signatures.
from .data.catalog import Catalog as Catalog, Ratings as Ratings
from .data.clean import clean as clean
from .data.explore import label_counts as label_counts, plot_counts as plot_counts, plot_grid as plot_grid
from .data.readers import read_items as read_items, read_ratings as read_ratings
from .data.sample import make_sample as make_sample
from .data.split import split_items as split_items, split_ratings as split_ratings
from .embeddings.embeddings import Embeddings as Embeddings
from .embeddings.encoder import Encoder as Encoder
from .embeddings.projection import plot_map as plot_map
from .evaluation.evaluate import compare as compare, evaluate as evaluate
from .evaluation.plot import plot_comparison as plot_comparison
from .evaluation.significance import compare_to as compare_to
from .internals.files import InputError as InputError
from .internals.settings import Settings as Settings
from .learner.backbones import VisualClassifier as VisualClassifier
from .learner.gradcam import plot_grad_cam as plot_grad_cam
from .learner.labels import label_report as label_report
from .learner.learner import Classifier as Classifier, load_classifier as load_classifier
from .neighbors.approximate import ApproximateNeighbors as ApproximateNeighbors
from .neighbors.graph import NeighborGraph as NeighborGraph
from .neighbors.search import NearestNeighbors as NearestNeighbors
from .recommenders.base import Visual as Visual, load_recommender as load_recommender
from .recommenders.baselines import EASE as EASE, POP as POP, SVD as SVD
from .recommenders.baselines import ItemKNN as ItemKNN, PureSVD as PureSVD, UserKNN as UserKNN
from .recommenders.factors import BPR as BPR, IALS as IALS, VBPR as VBPR
from .recommenders.hybrid import HybridRecommender as HybridRecommender, default_hybrid as default_hybrid
from .serving.api import serve as serve
from .serving.pipeline import embed as embed, predict_labels as predict_labels, run as run, train as train
from .serving.results import Results as Results

__version__: str
