"""Small, hand-countable sample exports of one shop in the file layouts that e-commerce platforms write.

    facts = write_shopify(folder)          # files into folder, Facts (the truth) back
    WRITERS                                # name -> function, all of them

One invented shop (CATALOG: 24 products, 33 with their variants; ORDERS: 27 orders, 44 lines) is written as Shopify,
WooCommerce, Magento/Adobe Commerce, Etsy and Google Merchant would write it; so the truth differs between
these only by what a layout can say. The retailer's layout (hm), Amazon reviews and MovieLens have their own
small lists. All names are invented. Sources of the headers and habits: exports.md beside this file.

What the numbers of Facts mean (the same for every layout)
  item              a product as a shopper sees it; variants (sizes, colours) belong to it. hm: an article (a
                    colour); Google: the item group, or the id where there is no group.
  n_purchase_rows   rows of the orders file that state a bought line with a positive quantity; also those of
                    cancelled and refunded orders, of guests, of unknown products. Not counted: the second row
                    that Magento writes for the chosen variant, and rows with a negative quantity.
                    Ratings layouts: the rating rows.
  n_pieces          the sum of their quantities (ratings: the rows).
  n_returned_pieces pieces of cancelled orders + refunded pieces, each piece once, AS FAR AS THE LAYOUT SAYS IT:
                    Shopify tells a partial refund only as an amount per order (so it is not counted), Etsy's
                    items file tells nothing, hm neither.
  n_users           customers (not guests) with at least one purchase row, whatever became of the order.
  n_pairs_kept      (known customer, known item) with net pieces above 0; net = bought - returned over all orders.
                    Ratings layouts: rated pairs, whatever the rating (ratings_of has the values).
  n_guest_rows      purchase rows without a customer.   n_unknown_item_rows: whose product is in no products file.
                    (one row can be both)
  labels_of         item -> levels of its category path(s) and its tags; per layout see the comments and
                    labels_by_column, which has every column that could serve, one by one.
  prices_of         price of the first variant.  pictures_of: local files (relative to image_folder), in order.
"""
from __future__ import annotations

import csv
import hashlib
import html
import json
import re
import sys
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path

from PIL import Image, ImageDraw

URL = "https://shop.example"


# --------------------------------------------------------------------------------------- facts
@dataclass
class Sample:
    item_id: str
    title: str
    price: float | None
    n_pictures: int


@dataclass
class Facts:
    layout: str
    folder: Path
    products_files: list[Path]
    orders_file: Path | None
    image_folder: Path
    kind: str  # 'purchases' or 'ratings'
    n_items: int = 0
    n_variants: int = 0  # rows that can be bought (a product without variants counts 1)
    n_items_without_picture: int = 0
    n_order_rows: int = 0  # data rows of the orders file, whatever they mean
    n_users: int = 0
    n_users_kept: int = 0  # users in at least one kept pair
    n_purchase_rows: int = 0
    n_pieces: int = 0
    n_returned_pieces: int = 0
    n_pairs_kept: int = 0
    n_guest_rows: int = 0
    n_unknown_item_rows: int = 0
    first_time: str = ""  # UTC, ISO, of the purchase rows; dates only where the file has only dates
    last_time: str = ""
    sample: Sample | None = None
    item_ids: list[str] = field(default_factory=list)
    labels_of: dict[str, set[str]] = field(default_factory=dict)
    labels_by_column: dict[str, dict[str, set[str]]] = field(default_factory=dict)
    titles_of: dict[str, str] = field(default_factory=dict)
    prices_of: dict[str, float | None] = field(default_factory=dict)
    pictures_of: dict[str, list[str]] = field(default_factory=dict)
    net_of: dict[tuple[str, str], int] = field(default_factory=dict)  # known pairs, any net
    ratings_of: dict[tuple[str, str], list[float]] = field(default_factory=dict)
    other_files: list[Path] = field(default_factory=list)  # present in the folder, to be ignored or joined
    notes: dict[str, object] = field(default_factory=dict)


@dataclass
class Line:
    """One bought line as the layout states it; the generating list of the truth."""

    user: str | None
    item: str
    known: bool
    qty: int
    returned: int
    when: str
    purchase: bool = True  # False: a row that only takes back


def _settle(f: Facts, lines: list[Line]) -> Facts:
    bought = [x for x in lines if x.purchase]
    f.n_items = len(f.item_ids)
    f.n_items_without_picture = sum(1 for i in f.item_ids if not f.pictures_of[i])
    f.n_purchase_rows = len(bought)
    f.n_pieces = sum(x.qty for x in bought)
    f.n_returned_pieces = sum(x.returned for x in lines)
    f.n_users = len({x.user for x in bought if x.user})
    f.n_guest_rows = sum(1 for x in bought if not x.user)
    f.n_unknown_item_rows = sum(1 for x in bought if not x.known)
    for x in lines:
        if x.user and x.known:
            f.net_of[x.user, x.item] = f.net_of.get((x.user, x.item), 0) + x.qty - x.returned
    kept = [p for p, n in f.net_of.items() if n > 0]
    f.n_pairs_kept = len(kept)
    f.n_users_kept = len({u for u, _ in kept})
    f.first_time, f.last_time = min(x.when for x in bought), max(x.when for x in bought)
    return f


# --------------------------------------------------------------------------------------- writing
def _minimal(path: Path, rows: list[list], delimiter=",", end="\n", bom=False) -> Path:
    """RFC 4180, quotes only where needed."""
    with open(path, "w", encoding="utf-8-sig" if bom else "utf-8", newline="") as h:
        csv.writer(h, delimiter=delimiter, lineterminator=end).writerows(rows)
    return path


def _php(path: Path, rows: list[list], bom=False) -> Path:
    """PHP's fputcsv: quotes a cell also for a space, so `Name` is bare and `"Is featured?"` is quoted."""

    def cell(v):
        v = str(v)
        return '"' + v.replace('"', '""') + '"' if re.search(r'[\s,"\\]', v) else v

    text = "".join(",".join(cell(v) for v in r) + "\n" for r in rows)
    path.write_bytes((b"\xef\xbb\xbf" if bom else b"") + text.encode("utf-8"))
    return path


def _picture(path: Path, n: int) -> None:
    """64x64, one flat colour and one shape, below 2 KB; no two n (below 200) are alike."""
    path.parent.mkdir(parents=True, exist_ok=True)
    hue = int(n * 97 % 256)
    back = Image.new("HSV", (64, 64), (hue, 90 + 40 * (n % 4), 235 - 30 * (n // 4 % 4))).convert("RGB")
    d = ImageDraw.Draw(back)
    ink = (25, 25, 40) if n % 2 else (250, 250, 240)
    a, b = 10 + n % 7, 54 - n % 5
    [lambda: d.ellipse((a, a, b, b), fill=ink), lambda: d.rectangle((a, a + 6, b, b - 6), fill=ink),
     lambda: d.polygon([(32, a), (b, b), (a, b)], fill=ink),
     lambda: d.polygon([(32, a), (b, 32), (32, b), (a, 32)], fill=ink)][n % 4]()
    if path.suffix.lower() == ".png":
        back.save(path, "PNG", optimize=True)
    else:
        back.save(path, "JPEG", quality=82)


# --------------------------------------------------------------------------------------- the shop
@dataclass
class Product:
    handle: str
    title: str
    price: float
    cats: list[tuple[str, ...]]  # category paths; the second one only where the platform can hold several
    tags: list[str]
    gcat: str  # path in a standard taxonomy; commas there never separate
    options: dict[str, list[str]] = field(default_factory=dict)
    pics: int = 1
    materials: list[str] = field(default_factory=list)
    desc: str = ""
    step: float = 0.0  # added to the price per variant

    @property
    def index(self) -> int:
        return CATALOG.index(self)

    @property
    def sku(self) -> str:
        return self.handle.upper()

    @property
    def variants(self) -> list[tuple[dict[str, str], str, float]]:
        out: list[dict[str, str]] = [{}]
        for name, values in self.options.items():
            out = [{**o, name: v} for o in out for v in values]
        return [(o, "-".join([self.sku, *(v.upper() for v in o.values())]), round(self.price + i * self.step, 2))
                for i, o in enumerate(out)]

    @property
    def files(self) -> list[str]:
        ext = {"desk-lamp": ".png", "wall-clock": ".JPG"}.get(self.handle, ".jpg")
        return [f"{self.handle}_{k + 1}{ext}" for k in range(self.pics)]

    @property
    def body(self) -> str:
        return self.desc or f"<p>{html.escape(self.title)} &ndash; from our small workshop.</p>"

    @property
    def levels(self) -> set[str]:
        return {x for path in self.cats for x in path}


TABLE = ("Home", "Kitchen", "Plates, Bowls & Cups")  # ONE category whose name has a comma
_CLOTH, _TOPS = "Apparel & Accessories > Clothing", "Apparel & Accessories > Clothing > Shirts & Tops"
_ACC, _WARE = "Apparel & Accessories > Clothing Accessories", "Home & Garden > Kitchen & Dining > Tableware"
P = Product
CATALOG = [
    P("linen-shirt", "Linen Shirt", 49.90, [("Clothing", "Shirts")], ["linen", "summer"], _TOPS,
      {"Color": ["White", "Blue"], "Size": ["S", "M", "L"]}, 3, ["linen"],
      '<p>Washed linen &amp; mother-of-pearl buttons.</p>\n<ul><li>Fits &quot;true to size&quot;</li></ul>'),
    P("wool-scarf", "Wool Scarf", 29.00, [("Clothing", "Accessories", "Scarves")], ["winter", "wool"], _ACC,
      {"Color": ["Red", "Grey"]}, 2, ["wool"]),
    P("denim-jacket", "Denim Jacket", 89.00, [("Clothing", "Jackets")], ["denim"], _CLOTH,
      {"Size": ["S", "M"]}, 2, ["cotton"], step=3.0),
    P("silk-tie", "Silk Tie", 35.50, [("Clothing", "Accessories", "Ties")], ["gift idea", "silk"], _ACC,
      materials=["silk"]),
    P("rain-coat", "Rain Coat “Nordsee”", 119.00, [("Clothing", "Jackets")], ["rain"], _CLOTH,
      {"Size": ["M", "L"]}, 1, ["cotton", "wax"]),
    P("knit-beanie", "+Warm Knit Beanie", 19.90, [("Clothing", "Accessories", "Hats")], ["winter", "wool"], _ACC,
      materials=["wool"]),
    P("canvas-tote", "Canvas Tote", 24.00, [("Bags",)], ["cotton"], "Luggage & Bags", materials=["cotton"]),
    P("leather-backpack", "Leather Backpack", 149.00, [("Bags", "Backpacks")], ["leather"],
      "Luggage & Bags > Backpacks", pics=4, materials=["leather"]),
    P("travel-pouch", "Travel Pouch", 15.00, [("Bags", "Travel")], [], "Luggage & Bags"),
    P("stoneware-mug", "Stoneware Mug", 16.00, [TABLE], ["gift idea", "handmade"], _WARE,
      {"Color": ["Sand", "Blue"]}, 2, ["clay"]),
    P("dinner-plate", "Dinner Plate Ø 27 cm", 18.50, [TABLE], ["handmade"], _WARE, materials=["clay"]),
    P("salad-bowl", "Salad Bowl", 32.00, [TABLE, ("Gifts",)], ["handmade"], _WARE, pics=2, materials=["clay"],
      desc='<p>Holds 2.5 l; 8" wide.</p><p>Care: hand wash, dry at once.</p>'),
    P("bread-knife", "Bread Knife", 41.00, [("Home", "Kitchen", "Knives")], [], "Home & Garden > Kitchen & Dining"),
    P("oak-board", "Oak Cutting Board", 38.00, [("Home", "Kitchen")], ["oak"], "Home & Garden > Kitchen & Dining",
      materials=["oak"]),
    P("linen-napkins", "Linen Napkins (set of 4)", 22.00, [("Home", "Table")], ["linen"], "Home & Garden > Linens",
      pics=0, materials=["linen"]),  # no picture
    P("beeswax-candle", "Beeswax Candle", 12.50, [("Home", "Candles"), ("Gifts",)], ["gift idea", "handmade"],
      "Home & Garden > Decor", materials=["wax"]),
    P("wool-blanket", "Wool Blanket", 129.00, [("Home", "Bedroom")], ["winter", "wool"], "Home & Garden > Linens",
      pics=2, materials=["wool"]),
    P("feather-pillow", "Feather Pillow", 45.00, [("Home", "Bedroom")], [], "Home & Garden > Linens",
      pics=0),  # no picture
    P("desk-lamp", 'Desk Lamp "Lux"', 64.00, [("Home", "Lighting")], [], "Home & Garden > Lighting"),  # .png
    P("wall-clock", "Wall Clock", 54.00, [("Home", "Decor")], [], "Home & Garden > Decor"),  # .JPG
    P("sketch-book", "Sketch Book A5", 9.90, [("Paper", "Notebooks")], ["gift idea"], "Office Supplies",
      materials=["paper"]),
    P("fountain-pen", "Fountain Pen", 72.00, [("Paper", "Pens")], ["gift idea"], "Office Supplies"),
    P("ink-bottle", "Ink Bottle", 14.00, [("Paper", "Pens")], [], "Office Supplies"),  # Shopify, Woo, Etsy: no SKU
    P("herbal-tea", "Herbal Tea, loose (100 g)", 8.40, [("Food", "Tea")], ["organic"],
      "Food, Beverages & Tobacco > Beverages > Tea & Infusions"),
]
BY = {p.handle: p for p in CATALOG}
GONE = ("old-poster", "Old Poster 50×70", "OLD-POSTER", 25.00)  # sold once, no longer in the products file

#           key      first     last        id (Woo, Magento)
PEOPLE = [("anna", "Anna", "Alder", 11), ("ben", "Ben", "Birk", 12), ("carla", "Carla", "Cruz", 13),
          ("dario", "Dario", "Dahl", 14), ("elif", "Elif", "Ersoy", 15), ("finn", "Finn", "Falk", 16),
          ("greta", "Greta", "Grau", 17), ("hugo", "Hugo", "Hart", 18), ("ida", "Ida", "Imhof", 19),
          ("jonas", "Jonas", "Jung", 20), ("kim", "Kim", "Klee", 21), ("lea", "Lea", "Lund", 22),
          ("max", "Max", "Moor", 23)]
WHO = {k: (f, n, i) for k, f, n, i in PEOPLE}


def mail(key: str) -> str:
    return f"{key}@mail.example"


@dataclass
class Order:
    no: int
    who: str | None  # None: a guest
    utc: datetime
    lines: list[tuple[str, int, int, int]]  # handle, variant, quantity, pieces refunded one by one
    status: str = "ok"  # ok, cancelled, refunded (all), partial (some pieces refunded)


def _o(no, who, when, lines, status="ok"):
    return Order(no, who, datetime.fromisoformat(when).replace(tzinfo=timezone.utc),
                 [(t + (0,))[:4] if len(t) == 3 else t for t in lines], status)


ORDERS = [
    _o(1001, "anna", "2026-02-03 09:14:05", [("linen-shirt", 0, 1), ("wool-scarf", 0, 1), ("stoneware-mug", 1, 2)]),
    _o(1002, "ben", "2026-02-04 23:40:10", [("canvas-tote", 0, 1)]),  # 5 Feb in Berlin, 4 Feb in New York
    _o(1003, None, "2026-02-07 12:00:00", [("beeswax-candle", 0, 3), ("herbal-tea", 0, 1)]),  # guest
    _o(1004, "carla", "2026-02-10 17:21:44", [("stoneware-mug", 0, 1), ("salad-bowl", 0, 1)]),
    _o(1005, "anna", "2026-02-14 08:02:31", [("stoneware-mug", 0, 1)]),  # again, the other colour
    _o(1006, "dario", "2026-02-16 20:15:00", [("leather-backpack", 0, 1), ("travel-pouch", 0, 2)], "cancelled"),
    _o(1007, "elif", "2026-02-18 10:45:09", [("wool-blanket", 0, 1), ("feather-pillow", 0, 2)]),
    _o(1008, "finn", "2026-02-21 14:30:00", [("fountain-pen", 0, 1), ("ink-bottle", 0, 2)], "refunded"),
    _o(1009, "greta", "2026-02-25 07:59:59", [("linen-shirt", 3, 1), ("linen-shirt", 4, 1), ("denim-jacket", 0, 1)]),
    _o(1010, "hugo", "2026-03-01 16:00:00", [("sketch-book", 0, 5)]),
    _o(1011, "ben", "2026-03-02 19:05:12", [("sketch-book", 0, 1), ("old-poster", 0, 1)]),  # one unknown
    _o(1012, "ida", "2026-03-05 11:11:11", [("linen-napkins", 0, 2), ("dinner-plate", 0, 4, 1)], "partial"),
    _o(1013, None, "2026-03-06 13:13:13", [("stoneware-mug", 0, 1)]),  # guest
    _o(1014, "jonas", "2026-03-08 18:20:00", [("desk-lamp", 0, 1)]),
    _o(1015, "carla", "2026-03-10 09:30:00", [("salad-bowl", 0, 2, 2), ("bread-knife", 0, 1)], "partial"),
    _o(1016, "kim", "2026-03-12 21:45:30", [("knit-beanie", 0, 1), ("wool-scarf", 1, 1)]),
    _o(1017, "lea", "2026-03-15 15:15:15", [("rain-coat", 0, 1)], "refunded"),
    _o(1018, "lea", "2026-03-20 06:06:06", [("silk-tie", 0, 1)]),
    _o(1019, None, "2026-03-22 10:00:00", [("old-poster", 0, 1)]),  # guest and unknown
    _o(1020, "elif", "2026-03-28 12:34:56", [("beeswax-candle", 0, 2), ("wall-clock", 0, 1)]),
    _o(1021, "hugo", "2026-04-02 17:17:17", [("sketch-book", 0, 2), ("fountain-pen", 0, 1)]),
    _o(1022, "finn", "2026-04-05 08:08:08", [("ink-bottle", 0, 1)]),  # after the refund of 1008
    _o(1023, "greta", "2026-04-09 19:19:19", [("oak-board", 0, 1), ("bread-knife", 0, 1), ("salad-bowl", 0, 1)]),
    _o(1024, "kim", "2026-04-15 22:22:22", [("herbal-tea", 0, 6)]),
    _o(1025, "jonas", "2026-04-20 07:00:00", [("desk-lamp", 0, 1)], "cancelled"),
    _o(1026, "ida", "2026-05-01 23:59:59", [("wool-blanket", 0, 1)]),
    _o(1027, "max", "2026-05-03 05:05:05", [("canvas-tote", 0, 1)], "cancelled"),  # his only order
]


def _iso(t: datetime) -> str:
    return t.astimezone(timezone.utc).isoformat(timespec="seconds")


def _local(t: datetime, zone: str) -> datetime:
    """Berlin (+1, +2 from 29 March 2026) or New York (-5, -4 from 8 March 2026), without a tz database."""
    base, change = {"berlin": (1, datetime(2026, 3, 29, 1)), "newyork": (-5, datetime(2026, 3, 8, 7))}[zone]
    summer = t.replace(tzinfo=None) >= change
    return t.astimezone(timezone(timedelta(hours=base + summer)))


def _line(handle: str, v: int):
    """title, variant values, sku, price, known"""
    if handle == GONE[0]:
        return GONE[1], [], GONE[2], GONE[3], False
    p = BY[handle]
    opts, sku, price = p.variants[v]
    return p.title, list(opts.values()), sku, price, True


def _returned(o: Order, qty: int, part: int, partial=True) -> int:
    return qty if o.status in ("cancelled", "refunded") else part if partial else 0


def _common(f: Facts, ident, pictures, where: str = "") -> None:
    """What the catalogue says of each item; ident: product -> item id; pictures: product -> local files."""
    for p in CATALOG:
        i = ident(p)
        f.item_ids.append(i)
        f.titles_of[i], f.prices_of[i] = p.title, p.price
        f.pictures_of[i] = pictures(p)
        for k, name in enumerate(pictures(p)):
            _picture(f.image_folder / name, p.index * 5 + k)
    f.n_variants = sum(len(p.variants) for p in CATALOG)


def _facts(name, folder, products, orders, images="images", kind="purchases") -> Facts:
    folder = Path(folder)
    (folder / images).mkdir(parents=True, exist_ok=True)
    return Facts(name, folder, [folder / x for x in products], folder / orders if orders else None,
                 folder / images, kind)


def _labels(f: Facts, columns: dict[str, dict[str, set[str]]], use: list[str]) -> None:
    f.labels_by_column = columns
    f.labels_of = {i: set().union(*(columns[c].get(i, set()) for c in use)) for i in f.item_ids}


# --------------------------------------------------------------------------------------- Shopify
SHOPIFY_PRODUCTS = (
    "Handle,Title,Body (HTML),Vendor,Product Category,Type,Tags,Published,Option1 Name,Option1 Value,Option2 Name,"
    "Option2 Value,Option3 Name,Option3 Value,Variant SKU,Variant Grams,Variant Inventory Tracker,"
    "Variant Inventory Qty,Variant Inventory Policy,Variant Fulfillment Service,Variant Price,"
    "Variant Compare At Price,Variant Requires Shipping,Variant Taxable,Variant Barcode,Image Src,Image Position,"
    "Image Alt Text,Gift Card,SEO Title,SEO Description,Google Shopping / Google Product Category,"
    "Google Shopping / Gender,Google Shopping / Age Group,Google Shopping / MPN,Google Shopping / Condition,"
    "Google Shopping / Custom Product,Variant Image,Variant Weight Unit,Variant Tax Code,Cost per item,"
    "Included / United States,Price / United States,Compare At Price / United States,Included / International,"
    "Price / International,Compare At Price / International,Status").split(",")
SHOPIFY_PRODUCTS_NEW = (
    "Title,URL handle,Description,Vendor,Product category,Type,Tags,Published on online store,Status,SKU,Barcode,"
    "Option1 name,Option1 value,Option1 Linked To,Option2 name,Option2 value,Option2 Linked To,Option3 name,"
    "Option3 value,Option3 Linked To,Price,Compare-at price,Cost per item,Charge tax,Tax code,"
    "Unit price total measure,Unit price total measure unit,Unit price base measure,Unit price base measure unit,"
    "Inventory tracker,Inventory quantity,Continue selling when out of stock,Weight value (grams),"
    "Weight unit for display,Requires shipping,Fulfillment service,Product image URL,Image position,"
    "Image alt text,Variant image URL,Gift card,SEO title,SEO description").split(",")
SHOPIFY_RENAMED = {  # classic name -> name in the template of 2025
    "Handle": "URL handle", "Body (HTML)": "Description", "Product Category": "Product category",
    "Published": "Published on online store", "Variant SKU": "SKU", "Variant Price": "Price",
    "Option1 Name": "Option1 name", "Option1 Value": "Option1 value", "Option2 Name": "Option2 name",
    "Option2 Value": "Option2 value", "Variant Grams": "Weight value (grams)", "Image Src": "Product image URL",
    "Variant Inventory Qty": "Inventory quantity", "Variant Image": "Variant image URL",
    "Image Position": "Image position", "Image Alt Text": "Image alt text", "Gift Card": "Gift card"}
SHOPIFY_ORDERS = (
    "Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Accepts Marketing,Currency,Subtotal,Shipping,"
    "Taxes,Total,Discount Code,Discount Amount,Shipping Method,Created at,Lineitem quantity,Lineitem name,"
    "Lineitem price,Lineitem compare at price,Lineitem sku,Lineitem requires shipping,Lineitem taxable,"
    "Lineitem fulfillment status,Billing Name,Billing Street,Billing Address1,Billing Address2,Billing Company,"
    "Billing City,Billing Zip,Billing Province,Billing Country,Billing Phone,Shipping Name,Shipping Street,"
    "Shipping Address1,Shipping Address2,Shipping Company,Shipping City,Shipping Zip,Shipping Province,"
    "Shipping Country,Shipping Phone,Notes,Note Attributes,Cancelled at,Payment Method,Payment Reference,"
    "Refunded Amount,Vendor,Outstanding Balance,Employee,Location,Device ID,Id,Tags,Risk Level,Source,"
    "Lineitem discount,Tax 1 Name,Tax 1 Value,Tax 2 Name,Tax 2 Value,Tax 3 Name,Tax 3 Value,Tax 4 Name,Tax 4 Value,"
    "Tax 5 Name,Tax 5 Value,Phone,Receipt Number,Duties,Billing Province Name,Shipping Province Name,Payment ID,"
    "Payment Terms Name,Next Payment Due At,Payment References").split(",")


def write_shopify(folder, new_names: bool = False) -> Facts:
    """Item id: the handle. User: Email. Join: Lineitem sku -> Variant SKU; without a SKU (ink-bottle):
    Lineitem name = Title, or `Title - Blue / M`."""
    f = _facts("shopify_new" if new_names else "shopify", folder, ["products_export_1.csv"], "orders_export_1.csv")
    _common(f, lambda p: p.handle, lambda p: p.files)  # HANDLE_1.jpg, also the end of the URL
    header = SHOPIFY_PRODUCTS_NEW if new_names else SHOPIFY_PRODUCTS
    rows = [header]
    for p in CATALOG:
        for k in range(max(len(p.variants), p.pics, 1)):  # variants and pictures share the rows, side by side
            r = {"Handle": p.handle}
            if k == 0:
                r |= {
                    "Title": p.title,
                    "Body (HTML)": p.body,
                    "Vendor": "Falk & Daughters",
                    "Tags": ", ".join(p.tags),
                    "Product Category": p.gcat,
                    "Type": p.cats[0][-1],
                    "Published": "TRUE" if not new_names else "true",
                    "Gift Card": "false",
                    "Status": "active",
                    "SEO Title": "",
                    "Included / United States": "true",
                    "Included / International": "true",
                }
            if k < len(p.variants):
                opts, sku, price = p.variants[k]
                names = list(opts) or ["Title"]
                for n, name in enumerate(names, 1):
                    r[f"Option{n} Name"] = name if k == 0 else ""
                    r[f"Option{n} Value"] = opts.get(name, "Default Title")
                r |= {"Variant SKU": "" if p.handle == "ink-bottle" else sku, "Variant Grams": "250",
                      "Variant Inventory Qty": "10", "Variant Inventory Policy": "deny", "Variant Taxable": "true",
                      "Variant Fulfillment Service": "manual", "Variant Price": f"{price:.2f}",
                      "Variant Requires Shipping": "true", "Variant Weight Unit": "g",
                      "Variant Image": f"{URL}/cdn/shop/files/{p.files[k % p.pics]}?v=17{p.index:02}" if opts else ""}
            if k < p.pics:
                r |= {"Image Src": f"{URL}/cdn/shop/files/{p.files[k]}?v=17{p.index:02}", "Image Position": k + 1,
                      "Image Alt Text": p.title if k == 0 else ""}
            if new_names:
                r = {SHOPIFY_RENAMED.get(c, c): v for c, v in r.items()}
            rows.append([r.get(c, "") for c in header])
    _minimal(f.products_files[0], rows)

    rows, lines = [SHOPIFY_ORDERS], []
    for o in reversed(ORDERS):  # newest first
        t = _local(o.utc, "newyork")
        stamp = t.strftime("%Y-%m-%d %H:%M:%S %z")
        later = (t + timedelta(days=2)).strftime("%Y-%m-%d %H:%M:%S %z")
        amounts = [(_line(h, v)[3] * q, _line(h, v)[3] * x) for h, v, q, x in o.lines]
        sub, part = sum(a for a, _ in amounts), sum(b for _, b in amounts)
        paid = {"ok": "paid", "cancelled": "voided", "refunded": "refunded", "partial": "partially_refunded"}[o.status]
        back = {"refunded": sub + 4.9, "partial": part}.get(o.status, 0.0)
        if o.no == 1025:  # cancelled after payment: both statuses at once, still one return
            paid, back = "refunded", sub + 4.9
        for k, (h, v, q, x) in enumerate(o.lines):
            title, values, sku, price, known = _line(h, v)
            r = {"Name": f"#{o.no}", "Email": mail(o.who) if o.who else "", "Created at": stamp,
                 "Lineitem quantity": q, "Lineitem name": title + (" - " + " / ".join(values) if values else ""),
                 "Lineitem price": f"{price:.2f}", "Lineitem sku": "" if h == "ink-bottle" else sku,
                 "Lineitem requires shipping": "true", "Lineitem taxable": "true", "Vendor": "Falk & Daughters",
                 "Lineitem fulfillment status": "pending" if o.status == "cancelled" else "fulfilled",
                 "Lineitem discount": "0.00"}
            if k == 0:  # the order's own cells stand on its first row only
                first, last, _ = WHO[o.who] if o.who else ("", "", 0)
                r |= {"Financial Status": paid, "Paid at": "" if paid == "voided" else stamp, "Currency": "USD",
                      "Fulfillment Status": "unfulfilled" if o.status == "cancelled" else "fulfilled",
                      "Accepts Marketing": "no", "Subtotal": f"{sub:.2f}", "Shipping": "4.90", "Taxes": "0.00",
                      "Total": f"{sub + 4.9:.2f}", "Discount Amount": "0.00", "Shipping Method": "Standard",
                      "Billing Name": f"{first} {last}".strip(), "Billing Zip": f"'0{o.no}",  # Shopify's apostrophe
                      "Cancelled at": later if o.status == "cancelled" else "", "Payment Method": "Shopify Payments",
                      "Refunded Amount": f"{back:.2f}", "Outstanding Balance": "0.00", "Id": 5550000000000 + o.no,
                      "Risk Level": "Low", "Source": "web" if o.who else "pos"}
            rows.append([r.get(c, "") for c in SHOPIFY_ORDERS])
            lines.append(
                Line(mail(o.who) if o.who else None, h, known, q, _returned(o, q, x, partial=False), _iso(o.utc))
            )
    _minimal(f.orders_file, rows)
    f.n_order_rows = len(rows) - 1
    _labels(
        f,
        {  # Type is ONE label even with a comma; Product Category splits at ' > ' only; Tags at ', '
            ("Product category" if new_names else "Product Category"): {
                p.handle: set(p.gcat.split(" > ")) for p in CATALOG
            },
            "Type": {p.handle: {p.cats[0][-1]} for p in CATALOG},
            "Tags": {p.handle: set(p.tags) for p in CATALOG},
            "Vendor": {p.handle: {"Falk & Daughters"} for p in CATALOG},
        },
        ["Product category" if new_names else "Product Category", "Type", "Tags"],
    )
    f.sample = Sample("linen-shirt", "Linen Shirt", 49.90, 3)
    f.notes = {"rows_joined_by_name_only": 2, "partial_refund_orders": 2, "cancelled_orders": 3, "refunded_orders": 2}
    return _settle(f, lines)


def write_shopify_new(folder) -> Facts:
    """The same shop with the column names of Shopify's template of 2025 (`URL handle`, `Product image URL`)."""
    return write_shopify(folder, new_names=True)


# --------------------------------------------------------------------------------------- WooCommerce
WOO_PRODUCTS = ["ID", "Type", "SKU", "GTIN, UPC, EAN, or ISBN", "Name", "Published", "Is featured?",
                "Visibility in catalog", "Short description", "Description", "Date sale price starts",
                "Date sale price ends", "Tax status", "Tax class", "In stock?", "Stock", "Low stock amount",
                "Backorders allowed?", "Sold individually?", "Weight (kg)", "Length (cm)", "Width (cm)", "Height (cm)",
                "Allow customer reviews?", "Purchase note", "Sale price", "Regular price", "Categories", "Tags",
                "Shipping class", "Images", "Download limit", "Download expiry days", "Parent", "Grouped products",
                "Upsells", "Cross-sells", "External URL", "Button text", "Position", "Brands", "Attribute 1 name",
                "Attribute 1 value(s)", "Attribute 1 visible", "Attribute 1 global", "Attribute 2 name",
                "Attribute 2 value(s)", "Attribute 2 visible", "Attribute 2 global"]
WOO_ORDERS = (
    "order_id,order_number,date,status,shipping_total,shipping_tax_total,fee_total,fee_tax_total,tax_total,"
    "discount_total,order_total,refunded_total,order_currency,payment_method,shipping_method,customer_id,"
    "billing_first_name,billing_last_name,billing_company,billing_email,billing_phone,billing_address_1,"
    "billing_address_2,billing_postcode,billing_city,billing_state,billing_country,shipping_first_name,"
    "shipping_last_name,shipping_address_1,shipping_address_2,shipping_postcode,shipping_city,shipping_state,"
    "shipping_country,shipping_company,customer_note,item_id,item_product_id,item_name,item_sku,item_quantity,"
    "item_subtotal,item_subtotal_tax,item_total,item_total_tax,item_refunded,item_refunded_qty,item_meta,"
    "shipping_items,fee_items,tax_items,coupon_items,order_notes,download_permissions_granted").split(",")


def write_woocommerce(folder) -> Facts:
    """Item id: the ID of the product (parent). User: customer_id, and 0 is a guest. Join: item_product_id -> ID of
    a product or of a variation, from there Parent (a SKU, or `id:105`) to the product."""
    f = _facts("woocommerce", folder, ["wc-product-export-3-5-2026-1777800000000.csv"], "orders-export-2026-05-03.csv")
    ident = {p.handle: 101 + p.index for p in CATALOG}
    _common(f, lambda p: str(ident[p.handle]), lambda p: [f"2026/0{1 + p.index % 3}/{x}" for x in p.files])
    esc = lambda values: ", ".join(str(v).replace(",", "\\,") for v in values)  # WooCommerce's own escape
    url = lambda p: [f"{URL}/wp-content/uploads/{x}" for x in f.pictures_of[str(ident[p.handle])]]
    money = lambda x: f"{x:.2f}".replace(".", ",")  # the shop's decimal comma

    def row(**cells):
        base = {"Published": 1, "Is featured?": 0, "Visibility in catalog": "visible", "Tax status": "taxable",
                "In stock?": 1, "Backorders allowed?": 0, "Sold individually?": 0, "Allow customer reviews?": 1,
                "Position": 0} | cells
        # a cell that begins with = + - @ gets an apostrophe (guard against formulas)
        guard = lambda v: "'" + v if isinstance(v, str) and v[:1] in ("=", "+", "-", "@") else v
        return [guard(base.get(c, "")) for c in WOO_PRODUCTS]

    rows, late, vid, number = [WOO_PRODUCTS], [], 501, {}
    for p in CATALOG:
        sku = "" if p.handle in ("ink-bottle", "rain-coat") else p.sku  # no SKU: children point with id:
        cats = [" > ".join(c) for c in p.cats]
        if p.handle == "oak-board":
            cats.insert(0, "Home")  # the upper level ticked too, as people do
        attrs = {}
        for n, (name, values) in enumerate(p.options.items(), 1):
            attrs |= {f"Attribute {n} name": name, f"Attribute {n} value(s)": esc(values), f"Attribute {n} visible": 1,
                      f"Attribute {n} global": 1}
        rows.append(row(**{"ID": ident[p.handle], "SKU": sku, "Name": p.title, "Brands": "Falk & Daughters",
                           "Type": "variable" if p.options else "simple", "Description": p.body.replace("\n", "\\n"),
                           "Regular price": "" if p.options else money(p.price), "Categories": esc(cats),
                           "Tags": esc(p.tags), "Images": esc(url(p))} | attrs))
        number[p.handle, 0] = ident[p.handle]
        for k, (opts, vsku, price) in enumerate(p.variants if p.options else []):
            number[p.handle, k] = vid
            attrs = {}
            for n, (name, value) in enumerate(opts.items(), 1):
                attrs |= {
                    f"Attribute {n} name": name,
                    f"Attribute {n} value(s)": esc([value]),
                    f"Attribute {n} global": 1,
                }
            late.append(
                row(
                    **{
                        "ID": vid,
                        "Type": "variation",
                        "SKU": vsku,
                        "Name": f"{p.title} - {', '.join(opts.values())}",
                        "Regular price": money(price),
                        "Parent": sku or f"id:{ident[p.handle]}",
                        "Allow customer reviews?": 0,
                        "Position": k + 1,
                        "Images": esc([url(p)[k % p.pics]]),
                    }
                    | attrs
                )
            )
            vid += 1
    _php(f.products_files[0], rows + late, bom=True)  # by ID: the variations stand far below their parents

    rows, lines, item = [WOO_ORDERS], [], 9001
    for o in ORDERS:
        first, last, uid = WHO[o.who] if o.who else ("Guest", "Buyer", 0)
        sub = sum(_line(h, v)[3] * q for h, v, q, _ in o.lines)
        status = {"cancelled": "cancelled", "refunded": "refunded"}.get(o.status, "completed")
        by_hand = o.no == 1017  # status set to Refunded by hand: no refunded pieces on the lines
        total_back = {"refunded": sub + 4.9}.get(o.status, sum(_line(h, v)[3] * x for h, v, _, x in o.lines))
        for h, v, q, x in o.lines:
            title, values, sku, price, known = _line(h, v)
            back = 0 if by_hand else q if o.status == "refunded" else x
            r = {"order_id": o.no, "order_number": o.no, "status": status, "shipping_total": "4.90",
                 "date": _local(o.utc, "berlin").strftime("%Y-%m-%d %H:%M:%S"), "shipping_tax_total": "0.00",
                 "fee_total": "0.00", "fee_tax_total": "0.00", "tax_total": "0.00", "discount_total": "0.00",
                 "order_total": f"{sub + 4.9:.2f}", "refunded_total": f"{total_back:.2f}", "order_currency": "EUR",
                 "payment_method": "stripe", "shipping_method": "Flat rate", "customer_id": uid,
                 "billing_first_name": first, "billing_last_name": last, "billing_country": "DE",
                 "billing_email": mail(o.who) if o.who else f"guest{o.no}@mail.example", "item_id": item,
                 "item_product_id": number[h, v] if known else 0, "item_name": title,
                 "item_sku": ("" if h == "ink-bottle" else sku) if known else "unknown_product", "item_quantity": q,
                 "item_subtotal": f"{price * q:.2f}", "item_subtotal_tax": "0.00", "item_total": f"{price * q:.2f}",
                 "item_total_tax": "0.00", "item_refunded": f"{price * back:.2f}",
                 "item_refunded_qty": -back if back else 0,  # negative, as WooCommerce counts refunds
                 "item_meta": ",".join(f"{n}={w}" for n, w in zip(BY[h].options, values)) if known else "",
                 "shipping_items": f"id:{item + 5000}|method_id:flat_rate|method_title:Flat rate|total:4.90",
                 "download_permissions_granted": 0}
            rows.append([r.get(c, "") for c in WOO_ORDERS])
            item += 1
            lines.append(Line(str(uid) if o.who else None, str(ident[h]) if known else "0", known, q,
                              _returned(o, q, x), _iso(o.utc)))
    _php(f.orders_file, rows)
    f.n_order_rows = len(rows) - 1
    i = lambda p: str(ident[p.handle])
    _labels(f, {  # levels of the paths and tags; `\,` is a comma inside a name
        "Categories": {i(p): p.levels for p in CATALOG}, "Tags": {i(p): set(p.tags) for p in CATALOG},
        "Brands": {i(p): {"Falk & Daughters"} for p in CATALOG},
        "Attribute 1 value(s)": {i(p): set(list(p.options.values())[0]) if p.options else set() for p in CATALOG}},
        ["Categories", "Tags"])
    f.sample = Sample("110", "Stoneware Mug", 16.00, 2)
    f.notes = {"refunded_by_status_only": 1, "cancelled_orders": 3, "refunded_orders": 2, "partial_refund_orders": 2,
               "shop_zone": "Europe/Berlin"}
    return _settle(f, lines)


# --------------------------------------------------------------------------------------- Magento / Adobe Commerce
MAGENTO_PRODUCTS = (
    "sku,store_view_code,attribute_set_code,product_type,categories,product_websites,name,description,"
    "short_description,weight,product_online,tax_class_name,visibility,price,special_price,special_price_from_date,"
    "special_price_to_date,url_key,meta_title,meta_keywords,meta_description,base_image,base_image_label,small_image,"
    "small_image_label,thumbnail_image,thumbnail_image_label,swatch_image,swatch_image_label,created_at,updated_at,"
    "new_from_date,new_to_date,display_product_options_in,map_price,msrp_price,map_enabled,gift_message_available,"
    "custom_design,custom_design_from,custom_design_to,custom_layout_update,page_layout,product_options_container,"
    "msrp_display_actual_price_type,country_of_manufacture,additional_attributes,qty,out_of_stock_qty,"
    "use_config_min_qty,is_qty_decimal,allow_backorders,use_config_backorders,min_cart_qty,use_config_min_sale_qty,"
    "max_cart_qty,use_config_max_sale_qty,is_in_stock,notify_on_stock_below,use_config_notify_stock_qty,manage_stock,"
    "use_config_manage_stock,use_config_qty_increments,qty_increments,use_config_enable_qty_inc,"
    "enable_qty_increments,is_decimal_divided,website_id,related_skus,related_position,crosssell_skus,"
    "crosssell_position,upsell_skus,upsell_position,additional_images,additional_image_labels,hide_from_product_page,"
    "custom_options,bundle_price_type,bundle_sku_type,bundle_price_view,bundle_weight_type,bundle_values,"
    "bundle_shipment_type,associated_skus,downloadable_links,downloadable_samples,configurable_variations,"
    "configurable_variation_labels").split(",")
MAGENTO_ORDERS = (  # names of the columns of sales_order and sales_order_item; no such file in Magento itself
    "increment_id,status,created_at,customer_id,customer_email,customer_is_guest,item_id,parent_item_id,product_type,"
    "sku,name,qty_ordered,qty_invoiced,qty_shipped,qty_canceled,qty_refunded,price,row_total,amount_refunded"
).split(",")


def write_magento(folder) -> Facts:
    """Item id: the sku of the simple or configurable product. User: customer_id, empty for guests. Join: sku of the
    bought variant -> configurable_variations of its parent. A bought variant takes TWO rows (the second has a
    parent_item_id and price 0)."""
    f = _facts("magento", folder, ["catalog_product_20260503_080000.csv"], "sales_order_items.csv")
    path = lambda p: [f"{x[0]}/{x[1]}/{x}" for x in p.files]  # pub/media/catalog/product: images/l/i/linen-shirt_1.jpg
    _common(f, lambda p: p.sku, path)

    def row(p: Product, **cells):
        pics = ["/" + x for x in path(p)]  # a leading slash below the image folder
        cats = ",".join("Default Category/" + "/".join(c) for c in p.cats)  # a comma in a name is NOT escaped
        extra = [f"material={'|'.join(p.materials)}"] if p.materials else []
        if p.handle == "salad-bowl":
            extra = ["care=Hand wash, dry at once"] + extra  # free text with a comma, not escaped
        base = {"attribute_set_code": "Default", "categories": cats, "product_websites": "base", "name": p.title,
                "description": p.body, "weight": "0.2500", "product_online": 1, "tax_class_name": "Taxable Goods",
                "visibility": "Catalog, Search", "price": f"{p.price:.6f}", "url_key": p.handle,
                "base_image": pics[0] if pics else "", "small_image": pics[0] if pics else "",
                "thumbnail_image": pics[0] if pics else "", "created_at": "1/5/26, 8:00 AM",
                "updated_at": "5/1/26, 9:30 PM", "display_product_options_in": "Block after Info Column",
                "additional_attributes": ",".join(extra), "qty": "10.0000", "is_in_stock": 1, "website_id": 0,
                "additional_images": ",".join(pics), "additional_image_labels": "," * max(len(pics) - 1, 0)}
        base |= cells
        return [base.get(c, "") for c in MAGENTO_PRODUCTS]

    simple, config = [], []
    for p in CATALOG:
        german = {"linen-shirt": "Leinenhemd", "salad-bowl": "Salatschüssel"}.get(p.handle)
        out = config if p.options else simple
        if not p.options:
            simple.append(row(p, sku=p.sku, product_type="simple"))
        else:
            for k, (opts, sku, price) in enumerate(p.variants):
                pic = "/" + path(p)[k % p.pics]
                attrs = ",".join(f"{n.lower()}={w}" for n, w in opts.items())
                simple.append(
                    row(
                        p,
                        sku=sku,
                        product_type="simple",
                        name=f"{p.title}-{'-'.join(opts.values())}",
                        visibility="Not Visible Individually",
                        price=f"{price:.6f}",
                        base_image=pic,
                        small_image=pic,
                        thumbnail_image=pic,
                        additional_images=pic,
                        additional_image_labels="",
                        url_key=sku.lower(),
                        additional_attributes=attrs,
                    )
                )
            config.append(
                row(
                    p,
                    sku=p.sku,
                    product_type="configurable",
                    price="",
                    configurable_variations="|".join(
                        ",".join([f"sku={sku}"] + [f"{n.lower()}={w}" for n, w in opts.items()])
                        for opts, sku, _ in p.variants
                    ),
                    configurable_variation_labels=",".join(f"{n.lower()}={n}" for n in p.options),
                )
            )
        if german:  # the translated names: a further row of the same sku, nearly empty
            r = {"sku": p.sku, "store_view_code": "de", "attribute_set_code": "Default", "name": german,
                 "product_type": "configurable" if p.options else "simple"}
            out.append([r.get(c, "") for c in MAGENTO_PRODUCTS])
    _php(f.products_files[0], [MAGENTO_PRODUCTS] + simple + config)  # variants before their parents

    rows, lines, item = [MAGENTO_ORDERS], [], 1
    for o in ORDERS:
        status = {"cancelled": "canceled", "refunded": "closed"}.get(o.status, "complete")
        for h, v, q, x in o.lines:
            title, values, sku, price, known = _line(h, v)
            gone = q if o.status == "cancelled" else 0
            back = q if o.status == "refunded" else x
            r = {"increment_id": f"{o.no:09}", "status": status, "created_at": o.utc.strftime("%Y-%m-%d %H:%M:%S"),
                 "customer_id": WHO[o.who][2] if o.who else "", "customer_is_guest": 0 if o.who else 1,
                 "customer_email": mail(o.who) if o.who else f"guest{o.no}@mail.example", "item_id": item,
                 "product_type": "configurable" if values else "simple", "sku": sku, "name": title,
                 "qty_ordered": f"{q:.4f}", "qty_invoiced": f"{q - gone:.4f}", "qty_shipped": f"{q - gone:.4f}",
                 "qty_canceled": f"{gone:.4f}", "qty_refunded": f"{back:.4f}", "price": f"{price:.4f}",
                 "row_total": f"{price * q:.4f}", "amount_refunded": f"{price * back:.4f}"}
            rows.append([r.get(c, "") for c in MAGENTO_ORDERS])
            if values:  # the chosen variant: same sku, same quantity, price 0
                r |= {"item_id": item + 1, "parent_item_id": item, "product_type": "simple", "price": "0.0000",
                      "name": f"{title}-{'-'.join(values)}", "row_total": "0.0000", "amount_refunded": "0.0000"}
                rows.append([r.get(c, "") for c in MAGENTO_ORDERS])
            item += 2 if values else 1
            lines.append(
                Line(str(WHO[o.who][2]) if o.who else None, h.upper(), known, q, _returned(o, q, x), _iso(o.utc))
            )
    _php(f.orders_file, rows)
    f.n_order_rows = len(rows) - 1
    _labels(f, {  # levels below the root `Default Category` (all have it: no label); a comma separates two paths only
        # where the root follows it, so `Plates, Bowls & Cups` stays one label
        "categories": {p.sku: p.levels for p in CATALOG},
        "additional_attributes.material": {p.sku: set(p.materials) for p in CATALOG}}, ["categories"])
    f.sample = Sample("LINEN-SHIRT", "Linen Shirt", 49.90, 3)
    f.notes = {"second_rows_of_variants": f.n_order_rows - len(lines), "store_view_rows": 2, "cancelled_orders": 3,
               "refunded_orders": 2, "partial_refund_orders": 2, "zone": "UTC"}
    return _settle(f, lines)


# --------------------------------------------------------------------------------------- Etsy
ETSY_LISTINGS = (["TITLE", "DESCRIPTION", "PRICE", "CURRENCY_CODE", "QUANTITY", "TAGS", "MATERIALS"]
                 + [f"IMAGE{k}" for k in range(1, 11)]
                 + [f"VARIATION {n} {x}" for n in (1, 2) for x in ("TYPE", "NAME", "VALUES")] + ["SKU"])
ETSY_ITEMS = ["Sale Date", "Item Name", "Buyer", "Quantity", "Price", "Coupon Code", "Coupon Details",
              "Discount Amount", "Shipping Discount", "Order Shipping", "Order Sales Tax", "Item Total", "Currency",
              "Transaction ID", "Listing ID", "Date Paid", "Date Shipped", "Ship Name", "Ship Address1",
              "Ship Address2", "Ship City", "Ship State", "Ship Zipcode", "Ship Country", "Order ID", "Variations",
              "Order Type", "Listings Type", "Payment Type", "InPerson Discount", "InPerson Location",
              "VAT Paid by Buyer", "SKU"]
ETSY_ORDERS = ["Sale Date", "Order ID", "Buyer User ID", "Full Name", "First Name", "Last Name", "Number of Items",
               "Payment Method", "Date Shipped", "Street 1", "Street 2", "Ship City", "Ship State", "Ship Zipcode",
               "Ship Country", "Currency", "Order Value", "Coupon Code", "Coupon Details", "Discount Amount",
               "Shipping Discount", "Shipping", "Sales Tax", "Order Total", "Status", "Card Processing Fees",
               "Order Net", "Adjusted Order Total", "Adjusted Card Processing Fees", "Adjusted Net Order Amount",
               "Buyer", "Order Type", "Payment Type", "InPerson Discount", "InPerson Location", "SKU"]


def write_etsy(folder) -> Facts:
    """Item id: the TITLE (the listings download has no listing id and often no SKU). User: Buyer. Join: Item Name ->
    TITLE. The items file knows no status, so nothing is returned; the orders file beside it (one row per order, no
    product) tells a refund only as an adjusted total."""
    f = _facts("etsy", folder, ["EtsyListingsDownload.csv"], "EtsySoldOrderItems2026.csv")
    name = lambda p, k: f"il_fullxfull.{3100000000 + p.index * 10 + k}_{p.handle[:2]}{k}x.jpg"
    _common(f, lambda p: p.title, lambda p: [name(p, k) for k in range(p.pics)])
    rows = [ETSY_LISTINGS]
    under = lambda words: ",".join(w.replace(" ", "_") for w in words)
    for p in CATALOG:
        r = {
            "TITLE": p.title,
            "DESCRIPTION": html.unescape(re.sub("<[^>]+>", "", p.body)).strip()
            + "\n\nShips in 2 days, it&#39;s quick.",
            "PRICE": f"{p.price:.2f}",
            "CURRENCY_CODE": "EUR",
            "QUANTITY": 10,
            "TAGS": under(p.tags),
            "MATERIALS": under(p.materials),
            "SKU": "" if p.handle == "ink-bottle" else ",".join(s for _, s, _ in p.variants),
        }
        r |= {f"IMAGE{k + 1}": f"{URL}/il/{p.handle[:2]}/{name(p, k)}" for k in range(p.pics)}
        for n, (o, values) in enumerate(p.options.items(), 1):
            r |= {f"VARIATION {n} TYPE": o, f"VARIATION {n} NAME": o, f"VARIATION {n} VALUES": ",".join(values)}
        rows.append([r.get(c, "") for c in ETSY_LISTINGS])
    _minimal(f.products_files[0], rows)

    rows, orders, lines, tid = [ETSY_ITEMS], [ETSY_ORDERS], [], 4100000001
    for o in reversed(ORDERS):
        day = _local(o.utc, "berlin").strftime("%m/%d/%y")
        sub = sum(_line(h, v)[3] * q for h, v, q, _ in o.lines)
        for h, v, q, x in o.lines:
            title, values, sku, price, known = _line(h, v)
            r = {"Sale Date": day, "Item Name": title, "Buyer": o.who or "", "Quantity": q, "Price": f"{price:.2f}",
                 "Discount Amount": "0.00", "Shipping Discount": "0.00", "Order Shipping": "4.90", "Currency": "EUR",
                 "Order Sales Tax": "0.00", "Item Total": f"{price * q:.2f}", "Transaction ID": tid,
                 "Listing ID": 1400000000 + (BY[h].index if known else 99), "Date Paid": day, "Date Shipped": day,
                 "Ship Name": " ".join(WHO[o.who][:2]) if o.who else "Guest Buyer", "Ship Country": "Germany",
                 "Order ID": 3800000000 + o.no, "Order Type": "online", "Listings Type": "listing",
                 "Payment Type": "online_cc", "VAT Paid by Buyer": "0.00",
                 "Variations": ",".join(f"{n}:{w}" for n, w in zip(BY[h].options, values)) if known else "",
                 "SKU": "" if h == "ink-bottle" else sku}
            rows.append([r.get(c, "") for c in ETSY_ITEMS])
            tid += 1
            lines.append(Line(o.who, title, known, q, 0, _local(o.utc, "berlin").strftime("%Y-%m-%d")))
        part = sum(_line(h, v)[3] * x for h, v, _, x in o.lines)
        r = {"Sale Date": day, "Order ID": 3800000000 + o.no, "Buyer User ID": o.who or "", "Currency": "EUR",
             "Number of Items": sum(q for _, _, q, _ in o.lines), "Payment Method": "Credit Card",
             "Order Value": f"{sub:.2f}", "Shipping": "4.90", "Sales Tax": "0.00", "Order Total": f"{sub + 4.9:.2f}",
             "Status": "Completed", "Adjusted Order Total": f"{sub + 4.9 - part:.2f}" if part else "0.00",
             "Buyer": o.who or "", "Order Type": "online", "Payment Type": "online_cc"}
        orders.append([r.get(c, "") for c in ETSY_ORDERS])
    _php(f.orders_file, rows)
    f.other_files = [_php(f.folder / "EtsySoldOrders2026.csv", orders)]
    f.n_order_rows = len(rows) - 1
    _labels(f, {  # no categories in this download; TAGS and MATERIALS as they stand (`gift_idea`: blanks are `_`)
        "TAGS": {p.title: {t.replace(" ", "_") for t in p.tags} for p in CATALOG},
        "MATERIALS": {p.title: set(p.materials) for p in CATALOG}}, ["TAGS", "MATERIALS"])
    f.sample = Sample("Leather Backpack", "Leather Backpack", 149.00, 4)
    f.notes = {"adjusted_orders_in_other_file": 2, "dates": "MM/DD/YY"}
    return _settle(f, lines)


# --------------------------------------------------------------------------------------- Google Merchant feed
GOOGLE = ["id", "title", "description", "link", "image_link", "additional_image_link", "availability", "price",
          "brand", "gtin", "mpn", "condition", "item_group_id", "color", "size", "google_product_category",
          "product_type"]
GOOGLE_ORDERS = [
    "order_id",
    "created_at",
    "customer_id",
    "id",
    "quantity",
    "status",
]  # the shop's own file, not Google's


def write_google(folder, spaces: bool = False) -> Facts:
    """Item id: item_group_id, or id where that is empty. The feed has no orders: orders.csv is a plain file of the
    shop, joined by the feed's id (a variant), with zones in its dates and returns as rows of negative quantity."""
    f = _facts("google_spaces" if spaces else "google_underscores", folder, ["google_feed.txt"], "orders.csv")
    ident = lambda p: p.handle.upper() if not p.options else "G-" + p.handle
    _common(f, ident, lambda p: p.files)
    header = [c.replace("_", " ") for c in GOOGLE] if spaces else GOOGLE
    # product_type: a comma means another type, so a shop must not have one in a name: 'Tableware' instead
    types = lambda p: [tuple("Tableware" if x == TABLE[2] else x for x in c) for c in p.cats]
    rows = [header]
    for p in CATALOG:
        for k, (opts, sku, price) in enumerate(p.variants):
            pics = [f"{URL}/img/{x}" for x in p.files]
            pics = pics[k % p.pics:] + pics[:k % p.pics] if pics else []
            r = {"id": sku, "title": " ".join([p.title, *opts.values()]), "link": f"{URL}/p/{p.handle}?v={k}",
                 "description": re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", p.body)).strip(),  # entities stay
                 "image_link": pics[0] if pics else "", "additional_image_link": ",".join(pics[1:]),
                 "availability": "in stock" if spaces else "in_stock", "price": f"{price:.2f} EUR",
                 "brand": "Falk & Daughters", "mpn": sku, "condition": "new",
                 "item_group_id": "G-" + p.handle if p.options else "", "color": opts.get("Color", ""),
                 "size": opts.get("Size", ""), "google_product_category": p.gcat,
                 "product_type": ",".join(" > ".join(c) for c in types(p))}
            rows.append([r.get(c, "") for c in GOOGLE])
    text = "".join("\t".join(r) + "\n" for r in rows)  # no quoting: a " within a title stands as it is
    f.products_files[0].write_text(text, encoding="utf-8", newline="")

    rows, takes, lines = [GOOGLE_ORDERS], [], []
    for o in ORDERS:
        z = _local(o.utc, "berlin").isoformat(timespec="seconds")
        for h, v, q, x in o.lines:
            title, values, sku, price, known = _line(h, v)
            item = ident(BY[h]) if known else sku
            gone = q if o.status == "cancelled" else 0
            rows.append([o.no, z, o.who or "", sku, q, "cancelled" if gone else "paid"])
            lines.append(Line(o.who, item, known, q, gone, _iso(o.utc)))
            back = q if o.status == "refunded" else x
            if back:  # later, on a row of its own
                t = _local(o.utc + timedelta(days=9), "berlin").isoformat(timespec="seconds")
                takes.append([o.no, t, o.who or "", sku, -back, "returned"])
                lines.append(Line(o.who, item, known, 0, back, t, purchase=False))
    takes.append([990, "2026-04-11T10:00:00+02:00", "jonas", "WALL-CLOCK", -1, "returned"])  # never bought it here
    lines.append(Line("jonas", "WALL-CLOCK", True, 0, 1, "", purchase=False))
    rows += takes
    _minimal(f.orders_file, rows)
    f.n_order_rows = len(rows) - 1
    us = "google product category" if spaces else "google_product_category"
    _labels(f, {  # product_type: ',' separates types and ' > ' levels; google_product_category: ' > ' only
        ("product type" if spaces else "product_type"): {ident(p): {x for c in types(p) for x in c} for p in CATALOG},
        us: {ident(p): set(p.gcat.split(" > ")) for p in CATALOG},
        "color": {ident(p): set(p.options.get("Color", [])) for p in CATALOG}},
        ["product type" if spaces else "product_type"])
    f.titles_of = {ident(p): " ".join([p.title, *p.variants[0][0].values()]) for p in CATALOG}  # of the first variant
    f.sample = Sample("HERBAL-TEA", "Herbal Tea, loose (100 g)", 8.40, 1)
    f.notes = {"return_rows": len(takes), "returns_without_purchase": 1, "cancelled_orders": 3, "refunded_orders": 2,
               "partial_refund_orders": 2}
    return _settle(f, lines)


def write_google_spaces(folder) -> Facts:
    return write_google(folder, spaces=True)


def write_google_underscores(folder) -> Facts:
    return write_google(folder, spaces=False)


# --------------------------------------------------------------------------------------- a fashion retailer (hm)
HM_ARTICLES = (
    "article_id,product_code,prod_name,product_type_no,product_type_name,product_group_name,graphical_appearance_no,"
    "graphical_appearance_name,colour_group_code,colour_group_name,perceived_colour_value_id,"
    "perceived_colour_value_name,perceived_colour_master_id,perceived_colour_master_name,department_no,"
    "department_name,index_code,index_name,index_group_no,index_group_name,section_no,section_name,garment_group_no,"
    "garment_group_name,detail_desc").split(",")
HM_PRODUCTS = [  # code, name, type no, type, group, department no, department (one with a comma), colours
    (712001, "Bo strap top", 253, "Vest top", "Garment Upper body", 1676, "Jersey Basic", ["Black", "White"]),
    (712044, "Ana slim jeans", 272, "Trousers", "Garment Lower body", 1747, "Trousers Denim", ["Blue", "Dark Blue"]),
    (
        713010,
        "Tove tights 40 den",
        273,
        "Leggings/Tights",
        "Socks & Tights",
        3608,
        "Socks, Tights & Bodies",
        ["Black", "Light Beige"],
    ),
    (713555, "Rio swim shorts", 57, "Swimwear bottom", "Swimwear", 4242, "Swimwear", ["Red", "Blue"]),
    (824300, "Mila dress", 265, "Dress", "Garment Full body", 1522, "Dress", ["Green", "Black"]),
    (824777, "Sven hoodie", 308, "Hoodie", "Garment Upper body", 5848, "Hoodies & Sweat", ["Grey", "Black"]),
    (835120, "Ines blouse", 258, "Blouse", "Garment Upper body", 1522, "Blouse", ["White", "Light Pink"]),
    (835600, "Kai socks 5-pack", 302, "Socks", "Socks & Tights", 3608, "Socks, Tights & Bodies", ["White", "Grey"]),
    (556002, "Lou cap", 69, "Cap/peaked", "Accessories", 3941, "Small Accessories", ["Beige", "Black"]),
    (556450, "Nina coat", 262, "Jacket", "Garment Upper body", 1201, "Outdoor", ["Dark Blue", "Beige"]),
    (717090, "Pia skirt", 275, "Skirt", "Garment Lower body", 1610, "Skirt", ["Red", "Black"]),
    (717700, "Tom tee, 2-pack", 255, "T-shirt", "Garment Upper body", 5686, "Jersey Basic", ["White", "Black"]),
]
HM_BASKETS = [  # day, customer, channel, articles as product index * 2 + colour; twice the same: two pieces
    ("2020-09-16", 0, 2, [0, 2, 4]), ("2020-09-16", 1, 1, [3]), ("2020-09-16", 2, 2, [22, 22]),
    ("2020-09-17", 3, 2, [8, 10, 12]), ("2020-09-17", 0, 2, [0]), ("2020-09-17", 4, 1, [14, 14, 14, 5]),
    ("2020-09-18", 5, 2, [6, 7]), ("2020-09-18", 6, 2, [9, 11, 13, 15]), ("2020-09-18", 7, 1, [16, 99]),
    ("2020-09-19", 8, 2, [18]), ("2020-09-19", 9, 2, [20, 1]), ("2020-09-19", 10, 1, [23, 22, 0]),
    ("2020-09-20", 11, 2, [2, 8]), ("2020-09-20", 2, 2, [22, 4]), ("2020-09-20", 12, 1, [17, 19, 21]),
    ("2020-09-21", 13, 2, [10, 10]), ("2020-09-21", 3, 2, [8, 99]), ("2020-09-21", 1, 2, [3, 5, 12]),
    ("2020-09-22", 4, 2, [6]), ("2020-09-22", 14, 1, [0, 20]),
]  # 99: article 0700000001, which articles.csv lacks


def write_hm(folder, transactions: str = "transactions_train.csv") -> Facts:
    """Item id: article_id, ten digits with leading zeros. One row is one piece; there are no returns, no guests and no
    order ids. labels_of: all columns of names that tell articles apart."""
    f = _facts("hm", folder, ["articles.csv"], transactions)
    rows, ids = [HM_ARTICLES], []
    for n, (code, name, tno, tname, group, dno, dname, colours) in enumerate(HM_PRODUCTS):
        for c, colour in enumerate(colours):
            a = f"{code:07}{c + 1:03}"
            ids.append(a)
            r = {"article_id": a, "product_code": code, "prod_name": name, "product_type_no": tno,
                 "product_type_name": tname, "product_group_name": group, "graphical_appearance_no": 1010016,
                 "graphical_appearance_name": "Solid", "colour_group_code": 9 + c, "colour_group_name": colour,
                 "perceived_colour_value_id": 4, "perceived_colour_value_name": "Dark", "perceived_colour_master_id": 5,
                 "perceived_colour_master_name": colour.split()[-1], "department_no": dno, "department_name": dname,
                 "index_code": "A", "index_name": "Ladieswear", "index_group_no": 1, "index_group_name": "Ladieswear",
                 "section_no": 62, "section_name": "Womens Nightwear, Socks & Tigh", "garment_group_no": 1021,
                 "garment_group_name": "Basics", "detail_desc": f"{name}, in {colour.lower()}; soft & light."}
            rows.append([r[x] for x in HM_ARTICLES])
            k = n * 2 + c
            f.item_ids.append(a)
            f.titles_of[a], f.prices_of[a] = name, None
            f.pictures_of[a] = [] if k in (7, 16) else [f"{a[:3]}/{a}.jpg"]
            for p in f.pictures_of[a]:
                _picture(f.image_folder / p, k + 3)
    _minimal(f.products_files[0], rows)
    users = [hashlib.sha256(f"hm customer {k}".encode()).hexdigest() for k in range(15)]
    rows, lines = [["t_dat", "customer_id", "article_id", "price", "sales_channel_id"]], []
    for day, u, channel, articles in HM_BASKETS:
        for a in articles:
            i = "0700000001" if a == 99 else ids[a]
            rows.append([day, users[u], i, repr(0.0101694915254237 + (a % 7) * 0.00338983050847457), channel])
            lines.append(Line(users[u], i, a != 99, 1, 0, day))
    _minimal(f.orders_file, rows)
    f.n_order_rows, f.n_variants = len(rows) - 1, len(ids)
    col = lambda k: {a: {HM_PRODUCTS[n // 2][k]} for n, a in enumerate(ids)}
    colour = {a: {HM_PRODUCTS[n // 2][7][n % 2]} for n, a in enumerate(ids)}
    master = {a: {each.split()[-1] for each in colours} for a, colours in colour.items()}
    used = {"product_type_name": col(3), "colour_group_name": colour, "department_name": col(6),
            "product_group_name": col(4), "perceived_colour_master_name": master}
    _labels(f, used, list(used))  # the other columns say the same of all
    f.sample = Sample("0713010001", "Tove tights 40 den", None, 1)
    f.notes = {"product_codes": len(HM_PRODUCTS)}
    return _settle(f, lines)


# --------------------------------------------------------------------------------------- Amazon reviews + metadata
AMAZON_META = [
    "main_category",
    "title",
    "average_rating",
    "rating_number",
    "features",
    "description",
    "price",
    "images",
    "videos",
    "store",
    "categories",
    "details",
    "parent_asin",
    "bought_together",
]
AMAZON_REVIEWS = ["rating", "title", "text", "images", "asin", "parent_asin", "user_id", "timestamp", "helpful_vote",
                  "verified_purchase"]
AMAZON_ITEMS = [  # title, categories below the root, price as the file has it, pictures
    ("Cedar Soap Dish", ["Bath", "Soap Dishes"], "12.99", 2),
    ("Bamboo Bath Mat", ["Bath", "Mats & Rugs"], "34.5", 1),
    ("Cotton Hand Towels, Set of 2", ["Bath", "Towels"], "18.0", 3),
    ("Steel Garlic Press", ["Kitchen & Dining", "Tools"], "14.25", 1),
    ("Walnut Salad Servers", ["Kitchen & Dining", "Tools"], "", 1),
    ("Glass Tea Pot 0.8 l", ["Kitchen & Dining", "Coffee, Tea & Espresso"], "29.9", 2),
    ("Pour Over Dripper", ["Kitchen & Dining", "Coffee, Tea & Espresso"], "21.0", 1),
    ("Linen Apron", ["Kitchen & Dining", "Aprons"], "26.0", 1),
    ("Felt Coasters (8)", ["Kitchen & Dining", "Coasters"], "9.95", 1),
    ("Jute Basket", ["Storage"], "24.0", 0),
    ("Shoe Rack 3 Tier", ["Storage", "Shoes"], "39.0", 1),
    ("Hook Rail", ["Storage"], "17.5", 1),
    ("Oil Lamp", ["Decor", "Lighting"], "31.0", 1),
    ("Paper Lantern", ["Decor", "Lighting"], "from 8.99", 1),
    ("Table Runner", ["Decor"], "19.0", 1),
    ("Ceramic Vase", ["Decor", "Vases"], "27.8", 2),
    ("Wind Chime", ["Garden"], "16.0", 1),
    ("Seed Box &amp; Labels", ["Garden"], "23.0", 1),
    ("Watering Can 2 l", ["Garden"], "33.0", 1),
    ("Garden Twine", ["Garden"], "6.5", 0),
    ("Bird Feeder", ["Garden", "Birds"], "28.0", 1),
    ("Herb Scissors", ["Kitchen & Dining", "Tools"], "11.0", 1),
]


def write_amazon(folder) -> Facts:
    """Item id: parent_asin (asin is the variant reviewed). Rows are ratings 1-5. The reviews' own `title` and `images`
    are the reviewer's, not the product's. Lists stand as Python writes them (single quotes, None): not JSON."""
    f = _facts("amazon", folder, ["meta_Home_and_Kitchen.csv"], "Home_and_Kitchen.csv", kind="ratings")
    ids = [f"B0{7000000 + n * 4321:07}X"[:10] for n in range(len(AMAZON_ITEMS))]
    rows, cats = [AMAZON_META], {}
    for n, (title, below, price, pics) in enumerate(AMAZON_ITEMS):
        a, images = ids[n], []
        f.item_ids.append(a)
        f.titles_of[a] = html.unescape(title)
        f.prices_of[a] = float(re.sub("[^0-9.]", "", price)) if price else None
        f.pictures_of[a] = [f"{a}_{k}.jpg" for k in range(pics)]
        for k, name in enumerate(f.pictures_of[a]):
            _picture(f.image_folder / name, n * 4 + k + 7)
            images.append(
                {
                    "thumb": f"{URL}/images/I/{a}_{k}._AC_US40_.jpg",
                    "large": f"{URL}/images/I/{a}_{k}._AC_.jpg",
                    "variant": "MAIN" if k == 0 else f"PT{k:02}",
                    "hi_res": f"{URL}/images/I/{a}_{k}.jpg" if k == 0 else None,
                }
            )
        cats[a] = ["Home & Kitchen", *below] if n != 11 else []  # one without categories
        rows.append(["Amazon Home", title, "4.2", "120", repr(["Well made", "Don't machine wash"]),
                     repr([f"{html.unescape(title)}: plain & useful."]), price, repr(images), "[]", "Falk & Daughters",
                     repr(cats[a]), json.dumps({"Material": "Wood", "Brand": "Falk"}), a, ""])
    _minimal(f.products_files[0], rows)
    users = ["AE" + hashlib.sha256(f"amazon {k}".encode()).hexdigest()[:26].upper() for k in range(14)]
    given: list[tuple[int | None, int, int, bool]] = []  # user, item (99: no metadata), rating, verified
    for u in range(14):
        for k in range(4):
            given.append((u, (u * 3 + k * 5) % 22, 1 + (u * 7 + k * 3) % 5, (u + k) % 6 != 0))
    given += [
        (0, 0, 5, True),
        (4, 12, 2, True),
        (2, 99, 4, True),
        (9, 99, 1, False),
        (None, 3, 5, True),
        (None, 5, 4, True),
    ]
    rows, lines = [AMAZON_REVIEWS], []
    start = 1609459200123  # 2021-01-01, milliseconds
    for n, (u, i, rating, verified) in enumerate(given):
        ms = start + n * 86_400_000 * 3
        parent = "B0UNKNOWN1" if i == 99 else ids[i]
        user = users[u] if u is not None else ""
        rows.append(
            [
                float(rating),
                "Nice, works" if rating > 3 else "Broke &amp; returned",
                'I like it.<br />Would buy again, "truly".',
                "[]",
                parent[:-1] + "Y" if n % 3 == 0 else parent,
                parent,
                user,
                ms,
                n % 4,
                verified,
            ]
        )
        when = datetime.fromtimestamp(ms / 1000, timezone.utc).isoformat(timespec="seconds")
        lines.append(Line(user or None, parent, i != 99, 1, 0, when))
        if user and i != 99:
            f.ratings_of.setdefault((user, parent), []).append(float(rating))
    _minimal(f.orders_file, rows)
    f.n_order_rows, f.n_variants = len(rows) - 1, len(ids)
    _labels(f, {  # categories: every element of the list is a label, commas inside stay ('Coffee, Tea & Espresso')
        "categories": {a: set(c) for a, c in cats.items()}, "main_category": {a: {"Amazon Home"} for a in ids},
        "store": {a: {"Falk & Daughters"} for a in ids}}, ["categories"])
    f.sample = Sample(ids[2], "Cotton Hand Towels, Set of 2", 18.0, 3)
    f.notes = {"scale": (1, 5), "items_without_labels": 1, "pairs_rated_twice": 2}
    return _settle(f, lines)


# --------------------------------------------------------------------------------------- MovieLens-like
FILMS = [  # title (year), genres as in the file
    ("Harbour of Glass (1994)", "Drama|Mystery"),
    ("Lighthouse Keeper, The (1987)", "Drama"),
    ("Two Left Shoes (2001)", "Comedy"),
    ("Rails to Nowhere (1979)", "Western"),
    ("Orbit Nine (2012)", "Sci-Fi|Thriller"),
    ("Café Minuit (1966)", "Romance|Drama"),
    ("Paper Tigers (2005)", "Animation|Children|Comedy"),
    ("Last Ferry, The (1998)", "Thriller"),
    ("Winter Wheat (1956)", "(no genres listed)"),
    ("Granite (2015)", "Action|Adventure"),
    ("Blue Ladder (1991)", "Fantasy"),
    ("Night Bakery (2009)", "Comedy|Romance"),
    ("Saltwater Sons (1983)", "War|Drama"),
    ("Copper Wolf (2018)", "Action|Horror"),
    ("Good, the Slow and the Late, The (1971)", "Western|Comedy"),
    ("Moth Season (2003)", "Horror"),
    ("Atlas Road (1989)", "Adventure"),
    ("Ministry of Rain (2010)", "Sci-Fi|Comedy"),
    ("Violet Hour (1948)", "Film-Noir|Crime"),
    ("Small Hours (1996)", "Crime|Drama"),
    ("Clockmaker's Son (2007)", "Children|Fantasy"),
    ("North by Tuesday (1962)", "Mystery|Thriller"),
    ("Tin Orchestra (2014)", "Musical|Animation"),
    ("Dust and Honey (1975)", "Documentary"),
]


def write_movielens(folder) -> Facts:
    """movies.csv, ratings.csv (0.5 to 5), links.csv; posters/<movieId>.jpg."""
    f = _facts("movielens", folder, ["movies.csv"], "ratings.csv", images="posters", kind="ratings")
    rows, links = [["movieId", "title", "genres"]], [["movieId", "imdbId", "tmdbId"]]
    for n, (title, genres) in enumerate(FILMS):
        i = str(n * 7 + 1)
        rows.append([i, title, genres])
        links.append([i, f"{114700 + n:07}", "" if n == 12 else 860 + n])
        f.item_ids.append(i)
        f.titles_of[i], f.prices_of[i] = title, None
        f.pictures_of[i] = [] if n in (8, 23) else [f"{i}.jpg"]
        for p in f.pictures_of[i]:
            _picture(f.image_folder / p, n + 40)
    _minimal(f.products_files[0], rows, end="\r\n")
    f.other_files = [_minimal(f.folder / "links.csv", links, end="\r\n")]
    rows, lines = [["userId", "movieId", "rating", "timestamp"]], []
    for u in range(1, 13):
        for k in range(7):
            n = (u * 5 + k * 3 + k * k) % 24
            r, t = 0.5 * (1 + (u * 3 + k * 5) % 10), 964982703 + u * 10_000 + k * 60
            known = not (u == 4 and k == 6)
            i = f.item_ids[n] if known else "9999"  # a film that movies.csv lacks
            if any(x.user == str(u) and x.item == i for x in lines):
                continue  # one rating per user and film, as in MovieLens
            rows.append([u, i, r, t])
            lines.append(
                Line(str(u), i, known, 1, 0, datetime.fromtimestamp(t, timezone.utc).isoformat(timespec="seconds"))
            )
            if known:
                f.ratings_of[str(u), i] = [r]
    _minimal(f.orders_file, rows, end="\r\n")
    f.n_order_rows, f.n_variants = len(rows) - 1, len(FILMS)
    _labels(
        f,
        {"genres": {i: set() if g.startswith("(") else set(g.split("|")) for i, (_, g) in zip(f.item_ids, FILMS)}},
        ["genres"],
    )  # '(no genres listed)' is no label
    f.sample = Sample("8", "Lighthouse Keeper, The (1987)", None, 1)
    f.notes = {"scale": (0.5, 5)}
    return _settle(f, lines)


WRITERS = {"shopify": write_shopify, "shopify_new": write_shopify_new, "woocommerce": write_woocommerce,
           "magento": write_magento, "etsy": write_etsy, "google_spaces": write_google_spaces,
           "google_underscores": write_google_underscores, "hm": write_hm, "amazon": write_amazon,
           "movielens": write_movielens}


# --------------------------------------------------------------------------------------- the independent recount
def _read(path, **kw):
    with open(path, encoding="utf-8-sig", newline="") as h:
        return list(csv.DictReader(h, **kw))


def _recount(f: Facts) -> dict:
    """Counts again from the files alone: csv and plain loops, no use of the lists above."""
    import ast

    prod = _read(
        f.products_files[0], **({"delimiter": "\t", "quoting": csv.QUOTE_NONE} if f.layout.startswith("google") else {})
    )
    rows = _read(f.orders_file)
    pics: dict[str, set] = {}
    labels: dict[str, set] = {}
    title: dict[str, str] = {}
    price: dict[str, float | None] = {}
    num = lambda x: float(re.sub("[^0-9.]", "", x.replace(",", "."))) if x else None
    of: dict[str, str] = {}  # what an order row names -> item
    got: list[tuple] = []  # user, item or None, quantity, returned
    if f.layout.startswith("shopify"):
        h, s, im, cat, t = (
            ("URL handle", "SKU", "Product image URL", "Product category", "Title")
            if f.layout.endswith("new")
            else ("Handle", "Variant SKU", "Image Src", "Product Category", "Title")
        )
        for r in prod:
            i = r[h]
            pics.setdefault(i, set())
            if r[im]:
                pics[i].add(r[im])
            if r[t]:
                title[i] = r[t]
                labels[i] = (
                    set(r[cat].split(" > ")) | {r["Type"]} | {x.strip() for x in r["Tags"].split(",") if x.strip()}
                )
                of["name:" + r[t]] = i
                price[i] = num(r["Price" if f.layout.endswith("new") else "Variant Price"])
            if r[s]:
                of[r[s]] = i
        head = {}
        for r in rows:
            if r["Financial Status"]:
                head[r["Name"]] = r
        for r in rows:
            o = head[r["Name"]]
            q = int(r["Lineitem quantity"])
            off = bool(o["Cancelled at"]) or o["Financial Status"] in ("refunded", "voided")
            i = of.get(r["Lineitem sku"]) if r["Lineitem sku"] else of.get("name:" + r["Lineitem name"].split(" - ")[0])
            got.append((r["Email"], i, q, q if off else 0))
    elif f.layout == "woocommerce":
        by_sku = {}
        for r in prod:
            if r["Type"] != "variation":
                i = r["ID"]
                title[i] = r["Name"].lstrip("'")
                price[i] = num(r["Regular price"])
                by_sku[r["SKU"]] = i
                of[i] = i
                pics[i] = {x.strip() for x in r["Images"].split(",") if x.strip()}
                cats = [x.replace("\0", ",").strip() for x in r["Categories"].replace("\\,", "\0").split(",")]
                labels[i] = {y for x in cats for y in x.split(" > ")} | {
                    x.strip() for x in r["Tags"].split(",") if x.strip()
                }
        for r in prod:
            if r["Type"] == "variation":
                i = of[r["ID"]] = r["Parent"][3:] if r["Parent"].startswith("id:") else by_sku[r["Parent"]]
                price[i] = price[i] or num(r["Regular price"])
        for r in rows:
            q = int(r["item_quantity"])
            back = q if r["status"] in ("cancelled", "refunded") else abs(int(r["item_refunded_qty"]))
            got.append(("" if r["customer_id"] == "0" else r["customer_id"], of.get(r["item_product_id"]), q, back))
    elif f.layout == "magento":
        child = {}
        for r in prod:
            if r["store_view_code"]:
                continue
            for v in filter(None, r["configurable_variations"].split("|")):
                child[v.split(",")[0].split("=")[1]] = r["sku"]
        for r in prod:
            if r["store_view_code"] or r["sku"] in child:
                continue
            i = r["sku"]
            title[i], of[i] = r["name"], i
            pics[i] = set(filter(None, [r["base_image"], *r["additional_images"].split(",")]))
            paths = re.split(r",(?=Default Category/)", r["categories"])
            labels[i] = {y for x in paths for y in x.split("/")[1:]}
            first = r["configurable_variations"].split("|")[0].split(",")[0].split("=")[-1]
            price[i] = num(r["price"]) or next(num(x["price"]) for x in prod if x["sku"] == first)
        of |= child
        for r in rows:
            if r["parent_item_id"]:
                continue
            q = int(float(r["qty_ordered"]))
            got.append(
                (r["customer_id"], of.get(r["sku"]), q, int(float(r["qty_canceled"]) + float(r["qty_refunded"])))
            )
    elif f.layout == "etsy":
        for r in prod:
            i = r["TITLE"]
            price[i] = num(r["PRICE"])
            title[i], of[i] = i, i
            pics[i] = {r[f"IMAGE{k}"] for k in range(1, 11) if r[f"IMAGE{k}"]}
            labels[i] = set(filter(None, r["TAGS"].split(",") + r["MATERIALS"].split(",")))
        for r in rows:
            got.append((r["Buyer"], of.get(r["Item Name"]), int(r["Quantity"]), 0))
    elif f.layout.startswith("google"):
        c = (lambda x: x.replace("_", " ")) if f.layout == "google_spaces" else (lambda x: x)
        for r in prod:
            i = r[c("item_group_id")] or r["id"]
            of[r["id"]] = i
            title.setdefault(i, r["title"])
            price.setdefault(i, num(r["price"]))
            pics.setdefault(i, set()).update(
                filter(None, [r[c("image_link")], *r[c("additional_image_link")].split(",")])
            )
            labels[i] = {y for x in r[c("product_type")].split(",") for y in x.split(" > ")}
        for r in rows:
            q = int(r["quantity"])
            off = q if r["status"] == "cancelled" else max(-q, 0)
            got.append((r["customer_id"], of.get(r["id"]), max(q, 0), off))
    elif f.layout == "hm":
        for r in prod:
            i = r["article_id"]
            title[i], of[i], price[i] = r["prod_name"], i, None
            p = f.image_folder / i[:3] / f"{i}.jpg"
            pics[i] = {p} if p.exists() else set()
            labels[i] = {r[f"{each}_name"] for each in (
                "product_type", "colour_group", "department", "product_group", "perceived_colour_master")}
        for r in rows:
            got.append((r["customer_id"], of.get(r["article_id"]), 1, 0))
    elif f.layout == "amazon":
        for r in prod:
            i = r["parent_asin"]
            title[i], of[i], price[i] = html.unescape(r["title"]), i, num(r["price"])
            pics[i] = {x["large"] for x in ast.literal_eval(r["images"])}
            labels[i] = set(ast.literal_eval(r["categories"]))
        for r in rows:
            got.append((r["user_id"], of.get(r["parent_asin"]), 1, 0))
    else:
        for r in prod:
            i = r["movieId"]
            title[i], of[i], price[i] = r["title"], i, None
            p = f.image_folder / f"{i}.jpg"
            pics[i] = {p} if p.exists() else set()
            labels[i] = set() if r["genres"] == "(no genres listed)" else set(r["genres"].split("|"))
        for r in rows:
            got.append((r["userId"], of.get(r["movieId"]), 1, 0))
    net: dict = {}
    for u, i, q, back in got:
        if u and i:
            net[u, i] = net.get((u, i), 0) + q - back
    bought = [g for g in got if g[2] > 0]
    return {
        "n_items": len(title),
        "n_items_without_picture": sum(1 for i in title if not pics[i]),
        "n_order_rows": len(rows),
        "n_users": len({g[0] for g in bought if g[0]}),
        "n_purchase_rows": len(bought),
        "n_pieces": sum(g[2] for g in bought),
        "n_returned_pieces": sum(g[3] for g in got),
        "n_pairs_kept": sum(1 for n in net.values() if n > 0),
        "n_users_kept": len({u for (u, _), n in net.items() if n > 0}),
        "n_guest_rows": sum(1 for g in bought if not g[0]),
        "n_unknown_item_rows": sum(1 for g in bought if not g[1]),
        "labels_of": labels,
        "titles_of": title,
        "prices_of": price,
        "net_of": net,
        "pictures": {i: len(p) for i, p in pics.items()},
    }


def check(f: Facts) -> None:
    seen = _recount(f)
    for key, value in seen.items():
        want = {i: len(p) for i, p in f.pictures_of.items()} if key == "pictures" else getattr(f, key)
        assert value == want, (f.layout, key, value, want)
    s = f.sample
    assert seen["titles_of"][s.item_id] == s.title and seen["pictures"][s.item_id] == s.n_pictures, f.layout
    assert seen["prices_of"][s.item_id] == s.price, f.layout
    files = [p for p in f.image_folder.rglob("*") if p.is_file()]
    assert {str(p.relative_to(f.image_folder)) for p in files} == {x for v in f.pictures_of.values() for x in v}, (
        f.layout
    )
    raw = [p.read_bytes() for p in files]
    assert len(set(raw)) == len(raw) and max(map(len, raw)) <= 2048, (f.layout, max(map(len, raw)))
    assert 20 <= f.n_items <= 60 and 30 <= f.n_purchase_rows <= 150 and 10 <= f.n_users <= 30, f.layout


if __name__ == "__main__":
    import tempfile

    base = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(tempfile.mkdtemp(prefix="exports_"))
    print(f"{'layout':19} items -pic  var | rows bought pieces back guest unkn | users kept pairs | labels/item")
    for name, write in WRITERS.items():
        f = write(base / name)
        check(f)
        per = sum(map(len, f.labels_of.values())) / f.n_items
        print(
            f"{name:19} {f.n_items:5} {f.n_items_without_picture:4} {f.n_variants:4} | "
            f"{f.n_order_rows:4} {f.n_purchase_rows:6} "
            f"{f.n_pieces:6} {f.n_returned_pieces:4} {f.n_guest_rows:5} {f.n_unknown_item_rows:4} | "
            f"{f.n_users:5} {f.n_users_kept:4} "
            f"{f.n_pairs_kept:5} | {per:.2f}   {f.sample.item_id}: {f.sample.title!r}, "
            f"{f.sample.price}, {f.sample.n_pictures} pictures"
        )
    print("all recounts agree;", base)
