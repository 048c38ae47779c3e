"""What training VGG19's last block on purchases is worth beyond a map on the net's averages, for new products.

    python benchmarks/purchase_block.py --interactions DATA/hm/transactions.csv --items DATA/hm/articles.csv \\
        --images DATA/hm/images --weights vgg19.pth --image-size 128 --share 0.35 --work study \\
        --results results/clothes-block.json

Protocol cold: 15 % of the groups of items (near duplicates and one product) lose all purchases and are ranked among
themselves; other groups, held out in the same way inside training, choose everything. The head is a map on the net's
averages, trained on purchases (`PurchaseEncoder`); its passes are chosen first. Then `fit_block` trains the last block
from there, a few times: each try changes one thing of the best one before it, and its pass is chosen among the trained
ones. If a try gains, the same training with a block that does not move says how much of that the block has gained. Last,
head and chosen try are trained on all known items and judged once, on the same customers. Labels of new items are never
seen. `--work` keeps the feature maps and every finished try: a stopped command goes on. `--share` draws a part of the
groups of items before anything is computed, since a pass takes 45 ms for an item on one core at 128 pixels.
"""

import argparse
import copy
import shlex
import sys
import time
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix

from visrec.data.split import hold_out_groups, split_items
from visrec.evaluation import metrics
from visrec.evaluation.evaluate import RankedLists, held_out_ranks, relevant_interactions, write_lock, write_results
from visrec.evaluation.protocols import MAIN, group_name, item_groups, make_split, validation_split
from visrec.evaluation.repeated import JUDGED
from visrec.evaluation.significance import compare_to, describe_significant
from visrec.evaluation.studies import data_checksum
from visrec.evaluation.tuning import draw_users
from visrec.internals.cache import cached
from visrec.internals.files import fingerprint
from visrec.internals.resume import Steps
from visrec.internals.settings import Settings, Training
from visrec.learner.features import FeatureMaps, hash_weights
from visrec.learner.learner import fit_classifier
from visrec.learner.purchase_block import BlockTraining, fit_block
from visrec.learner.purchases import PurchaseEncoder, bought
from visrec.learner.weights import read_weights
from visrec.neighbors.graph import top_k
from visrec.serving.prepare import prepare_data
from visrec.serving.training import cached_net, mean_ndcg

METRIC, HEAD_PASSES = MAIN["cold"], (8, 16, 32)
CHANGES = {  # What each try changes of the best one before it; `part` makes it faster and changes no result
    "as it comes": {"part": 512},
    "more, smaller steps": {"items": 128, "part": 512},
    "ten times the rate": {"lr": 1e-4},
    "without labels": {"label_weight": 0.0},
}


def draw_part(catalog, interactions, share, seed):
    "Some of the groups of items, and their purchases."
    if share < 1:
        groups = item_groups(catalog)
        names = [group_name(each, groups) for each in catalog.item_ids.tolist()]
        catalog = catalog.subset(hold_out_groups(names, share, seed))
        interactions = interactions.subset(interactions.frame["item_id"].isin(catalog.item_ids).to_numpy())
    return catalog, interactions


class Shop:
    "A catalog with its maps, and what is learned from purchases of known items."

    def __init__(self, catalog, model, maps, seed):
        self.catalog, self.model, self.maps, self.seed = catalog, model, maps, seed
        self.targets, self.blocks = catalog.label_matrix(), {"inputs": maps.inputs[0]}

    def matrix(self, interactions):
        return interactions.matrix(interactions.user_ids, self.catalog.item_ids)

    def rows(self, items):
        return np.flatnonzero(np.isin(self.catalog.item_ids, items))

    def labelled_net(self, new):
        "The net with a head that knows labels, learned from items that are not new."
        model, known = copy.deepcopy(self.model), self.targets.any(axis=1)
        known[new] = False
        known = np.flatnonzero(known)
        groups = self.catalog.items["group"].to_numpy(np.int64)[known]
        parts = [known[each] for each in split_items(self.targets[known], (0.9, 0.1), groups, self.seed)]
        training = Training(epochs=10, finetune_epochs=0, loss="plain", seed=self.seed)
        fit_classifier(model, self.maps, self.targets, parts, training, show_progress=False)
        return model

    def head(self, purchases, settings):
        return PurchaseEncoder(seed=self.seed, show_progress=False, **settings).fit(self.blocks, purchases)

    def block(self, model, head, purchases, training, held_out=None, measure=None):
        "The head on top of the trained block, and the curve."
        model, encoder = copy.deepcopy(model), copy.copy(head)
        targets = self.targets if training.label_weight else None
        curve = fit_block(model, self.maps, purchases, encoder, targets, training, held_out, measure)
        return encoder, curve


def choose_head(shop, purchases, valid):
    "A row per number of passes and weight of the attractiveness, by held-out items, and the best of both."
    rows, known, truth = [], bought(purchases, valid), purchases[:, valid]
    judges = np.flatnonzero((np.diff(known.indptr) > 0) & (truth.getnnz(axis=1) > 0))
    for passes in HEAD_PASSES:
        encoder = shop.head(known, {"passes": passes})
        for encoder.appeal_ in (0.0, 0.5):
            score = mean_ndcg(encoder.scores(known[judges], valid), truth[judges])
            rows.append({"passes": passes, "appeal": encoder.appeal_, METRIC: score})
    best = max(rows, key=lambda row: row[METRIC])
    return pd.DataFrame(rows), {name: best[name] for name in ("passes", "appeal")}


def search(shop, purchases, valid, test, settings, passes, folder, source, chosen):
    "A row per try and pass, by held-out items; the best try's name, settings with its best trained pass, and score."
    model, rows, best = shop.labelled_net(np.union1d(valid, test)), [], ("", BlockTraining(seed=shop.seed), -1.0)
    head = shop.head(bought(purchases, valid), settings)

    def tried(training):
        start = time.perf_counter()
        try:
            _, curve = shop.block(model, head, purchases, training, valid, mean_ndcg)
        except ValueError as error:  # numbers became infinite
            return [{"pass": training.passes, "loss": None, "score": None, "note": str(error)}]
        curve["seconds"] = time.perf_counter() - start
        return curve.drop(columns="kept").astype(object).where(curve.notna(), None).to_dict("list")

    def attempt(name, training):
        key = source, shop.maps.stem.shape, settings, asdict(training)
        curve = pd.DataFrame(cached(folder, key, partial(tried, training)))
        given = {each: value for each, value in asdict(training).items() if each not in ("passes", "seed")}
        rows.append(pd.DataFrame({"try": name, **given, **curve.rename(columns={"score": METRIC})}))
        print(rows[-1].to_string(index=False), flush=True)
        trained = curve.iloc[-training.passes :].astype({"score": float}).fillna({"score": -1.0})
        at = trained["score"].idxmax()
        return name, replace(training, passes=int(curve["pass"][at])), float(trained["score"][at])

    for name in chosen:
        change = CHANGES[name]
        found = attempt(name, replace(best[1], passes=passes, **change))
        best = found if found[2] > best[2] else best
    before = float(rows[0][METRIC].iloc[0])
    if best[2] > before:
        attempt("the best, but the block does not move", replace(best[1], lr=1e-12))
    return pd.concat(rows, ignore_index=True), best, before


def judge(encoder, shop, train, test, new):
    "Metrics of every customer, and the rank of every purchase of a new item."
    users = test.user_ids
    seen, truth = (each.matrix(users, shop.catalog.item_ids) for each in (
        train.subset(train.frame["user_id"].isin(users).to_numpy()), test))
    rows = new[top_k(encoder.scores(seen, new), 20)]
    hits, n_relevant = metrics.find_hits(rows, csr_matrix(truth)), np.diff(truth.indptr)
    table = {METRIC: metrics.ndcg_at(hits, n_relevant, 20), "nDCG@10": metrics.ndcg_at(hits, n_relevant, 10)}
    table |= {f"Recall@{each}": metrics.recall_at(hits, n_relevant, each) for each in (10, 20)}
    table |= {"MAP@20": metrics.average_precision_at(hits, n_relevant, 20)}
    ranks = held_out_ranks(RankedLists(users, rows, truth, shop.catalog.item_ids, 0.0))
    return pd.DataFrame({"user_id": users, **table}), ranks


def compare(encoders, shop, split, seed, groups):
    "Means, intervals and differences from the head alone, customers and groups of items resampled."
    test = draw_users(relevant_interactions(split.test), JUDGED, seed)
    new, values, ranks = shop.rows(split.cold_items), [], []
    for name, encoder in encoders.items():
        found = judge(encoder, shop, split.train, test, new)
        for table, each in zip((values, ranks), found, strict=True):
            table.append(each.assign(method=name, seed=seed))
    values, ranks = (pd.concat(each, ignore_index=True) for each in (values, ranks))
    ranks["group"] = [group_name(item, groups) for item in ranks["item_id"]]
    shown = [each for each in values if "@" in each]
    return compare_to(values, next(iter(encoders)), shown, main=METRIC, ranks=ranks)


def read(arguments):
    "The drawn part of the shop, split, and what it was made of."
    settings = Settings(
        image_size=arguments.image_size, mirror=False, full_training=True, seed=arguments.seed, require_images=True
    )
    given = arguments.interactions, arguments.items, arguments.images
    catalog, interactions, *_ = prepare_data(Steps(arguments.work), *given, settings, True)
    catalog, interactions = draw_part(catalog, interactions, arguments.share, arguments.seed)
    weights = read_weights(arguments.weights)
    model, maps = cached_net(catalog, weights, arguments.work, settings, True)
    maps = FeatureMaps(maps.stem[:, : len(catalog)], maps.inputs[:, : len(catalog)])  # first pictures
    source = data_checksum(interactions, fingerprint(hash_weights(weights), catalog.items, arguments.image_size))
    return Shop(catalog, model, maps, arguments.seed), interactions, item_groups(catalog), source


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for each in ("interactions", "items", "images", "weights"):
        parser.add_argument(f"--{each}", required=True, type=Path)
    parser.add_argument("--work", required=True, type=Path, help="folder of the feature maps and of finished tries")
    parser.add_argument("--image-size", default=224, type=int, help="side in pixels (default: %(default)s)")
    parser.add_argument("--share", default=1.0, type=float, help="of the groups of items (default: all)")
    parser.add_argument("--passes", default=2, type=int, help="of a try (default: %(default)s)")
    parser.add_argument("--tries", nargs="+", choices=CHANGES, default=[*CHANGES], help="only these (default: all)")
    parser.add_argument("--seed", default=0, type=int)
    parser.add_argument("--results", type=Path)
    arguments = parser.parse_args()
    seed, (shop, interactions, groups, source) = arguments.seed, read(arguments)
    split = make_split("cold", interactions, seed, groups=groups)
    inner = validation_split("cold", split, seed, groups=groups)
    purchases, valid, test = shop.matrix(split.train), shop.rows(inner.cold_items), shop.rows(split.cold_items)
    heads, settings = choose_head(shop, purchases, valid)
    print(f"{heads.to_string(index=False)}\nhead alone: {settings}", flush=True)
    folder = arguments.work / "tries"
    tries, (name, training, score), before = search(
        shop, purchases, valid, test, settings, arguments.passes, folder, source, arguments.tries
    )
    print(f"head alone {before:.4f}; best: {name}, {training}, {score:.4f}", flush=True)
    head = shop.head(purchases, settings)
    block, _ = shop.block(shop.labelled_net(test), head, purchases, training)
    tests = compare({"head alone": head, "head and block 5": block}, shop, split, seed, groups)
    print(tests.to_string(index=False), flush=True)
    if not arguments.results:
        return
    command = shlex.join(["python", "benchmarks/purchase_block.py", *sys.argv[1:]])
    drawn = f", {arguments.share:.0%} of the groups of items, drawn by seed" if arguments.share < 1 else ""
    data = (
        f"{len(interactions.user_ids)} users, {len(shop.catalog)} items{drawn}, {len(interactions)} interactions; maps "
        f"of VGG19's block 4 with ImageNet's weights at {arguments.image_size} pixels, no mirror images"
    )
    protocol = (
        "cold: 15 % of the groups of items (near duplicates and one product) lose all purchases and are ranked among "
        f"themselves, seed {seed}; passes of the head, try and pass chosen by {METRIC} on {len(valid)} items of groups "
        f"held out inside training; {len(test)} new items, judged once, by at most {JUDGED:,} customers; labels of new "
        f"items are never seen; {describe_significant(METRIC, item_groups=True)}"
    )
    further = {
        "validation_head_alone": before,
        "chosen": {"try": name, **asdict(training), METRIC: score, "gains_on_validation": score > before},
        "head": settings, "heads": heads, "tests": tests, "data_checksum": source,
        "lock": write_lock(arguments.results.parent),
    }
    what = "VGG19's last block trained on purchases against a map on the net's averages, new items"
    write_results(arguments.results, what, command, data, protocol, tries, **further)


if __name__ == "__main__":
    main()
