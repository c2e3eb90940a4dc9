"""The two invented stores: where they sell, when, for how much, and to whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from orders.demo import catalogue_moda, catalogue_outdoor
from orders.demo.catalogue import Shelf

WEEKDAY_EVENINGS = (6, 3, 2, 1, 1, 2, 5, 11, 20, 28, 34, 37, 42, 38, 34, 33, 34, 37, 42, 51, 60, 62, 46, 22)
DAYTIME = (4, 2, 1, 1, 2, 6, 14, 24, 33, 40, 43, 41, 44, 42, 38, 37, 36, 34, 36, 42, 50, 46, 29, 12)


@dataclass(frozen=True)
class Place:
    """A city people order from. `postcode` has a # for every digit that varies; `fee` is what parcels cost."""

    city: str
    state: str
    country: str
    postcode: str
    weight: int
    fee: Decimal


@dataclass(frozen=True)
class CouponPlan:
    """A coupon; with `season` ((month, day), (month, day)) one a year, its code ending in the year."""

    code: str
    kind: str
    value: Decimal
    minimum: Decimal = Decimal("0.00")
    season: tuple[tuple[int, int], tuple[int, int]] | None = None
    usage_limit: int | None = None
    is_active: bool = True
    weight: int = 10


@dataclass(frozen=True)
class Peak:
    """Days of a year on which `factor` times as many orders arrive."""

    month: int
    first: int
    last: int
    factor: float

    def covers(self, day: date) -> bool:
        """Answer whether the peak is on at `day`."""
        return day.month == self.month and self.first <= day.day <= self.last


@dataclass(frozen=True)
class Words:
    """Texts of the store's staff and customers, in the store's language. `variant`: what variants differ in."""

    refund_reasons: tuple[str, ...]
    cancel_reasons: tuple[str, ...]
    credit_grants: tuple[str, ...]
    credit_spending: str
    notes: tuple[str, ...]
    variant: str


@dataclass(frozen=True)
class StoreProfile:
    """One invented store.

    `hours` are weights from midnight on, `weekdays` from Monday on, `months` from January on, all local. `growth` is
    the factor from one year to the next. `tax_rates` maps country → percent added to the goods. Parcels are free from
    `free_shipping_from` on within `home`. `share` is the store's part of the demo's orders.
    """

    slug: str
    name: str
    currency: str
    timezone: str
    locale: str
    home: str
    share: float
    growth: float
    hours: tuple[int, ...]
    weekdays: tuple[float, ...]
    months: tuple[float, ...]
    peaks: tuple[Peak, ...]
    shelves: tuple[Shelf, ...]
    places: tuple[Place, ...]
    tax_rates: dict[str, Decimal]
    free_shipping_from: Decimal
    payment_methods: dict[str, int]
    slow_method: str
    coupons: tuple[CouponPlan, ...]
    plans: tuple[tuple[str, Decimal], ...]
    credit_step: Decimal
    guest_share: float
    phone: str
    words: Words


def _place(city: str, state: str, country: str, postcode: str, weight: int, fee: str) -> Place:
    return Place(city, state, country, postcode, weight, Decimal(fee))


SP_MODA = StoreProfile(
    slug="sp-moda",
    name="SP Moda",
    currency="BRL",
    timezone="America/Sao_Paulo",
    locale="pt_BR",
    home="BR",
    share=0.46,
    growth=1.38,
    hours=WEEKDAY_EVENINGS,
    weekdays=(1.12, 1.08, 1.04, 1.0, 0.95, 0.82, 0.99),
    months=(0.86, 0.85, 0.95, 0.97, 1.16, 1.05, 0.94, 0.99, 0.98, 1.02, 1.22, 1.28),
    peaks=(Peak(11, 24, 30, 2.6), Peak(5, 4, 11, 1.5), Peak(6, 7, 12, 1.4), Peak(12, 10, 21, 1.35)),
    shelves=catalogue_moda.SHELVES,
    places=(
        _place("São Paulo", "SP", "BR", "04###-###", 300, "14.90"),
        _place("Campinas", "SP", "BR", "130##-###", 52, "16.90"),
        _place("Guarulhos", "SP", "BR", "070##-###", 40, "14.90"),
        _place("Santos", "SP", "BR", "110##-###", 28, "16.90"),
        _place("Ribeirão Preto", "SP", "BR", "140##-###", 26, "18.90"),
        _place("Rio de Janeiro", "RJ", "BR", "2####-###", 120, "19.90"),
        _place("Niterói", "RJ", "BR", "242##-###", 22, "19.90"),
        _place("Belo Horizonte", "MG", "BR", "30###-###", 72, "19.90"),
        _place("Curitiba", "PR", "BR", "80###-###", 58, "21.90"),
        _place("Porto Alegre", "RS", "BR", "90###-###", 46, "24.90"),
        _place("Florianópolis", "SC", "BR", "880##-###", 34, "22.90"),
        _place("Brasília", "DF", "BR", "70###-###", 44, "24.90"),
        _place("Goiânia", "GO", "BR", "740##-###", 26, "24.90"),
        _place("Salvador", "BA", "BR", "40###-###", 38, "29.90"),
        _place("Recife", "PE", "BR", "50###-###", 32, "31.90"),
        _place("Fortaleza", "CE", "BR", "60###-###", 30, "31.90"),
        _place("Manaus", "AM", "BR", "690##-###", 12, "39.90"),
        _place("Belém", "PA", "BR", "660##-###", 11, "37.90"),
        _place("Lisboa", "", "PT", "1###-###", 22, "119.90"),
        _place("Porto", "", "PT", "4###-###", 12, "119.90"),
        _place("Buenos Aires", "CABA", "AR", "C1###", 14, "89.90"),
        _place("Montevideo", "", "UY", "11###", 8, "89.90"),
        _place("Santiago", "RM", "CL", "83#####", 7, "94.90"),
        _place("Miami", "FL", "US", "331##", 9, "129.90"),
        _place("Madrid", "", "ES", "280##", 5, "124.90"),
    ),
    tax_rates={"PT": Decimal("23"), "ES": Decimal("21"), "CL": Decimal("19")},
    free_shipping_from=Decimal("299.00"),
    payment_methods={"pix": 44, "cartao_de_credito": 41, "boleto": 11, "cash_on_delivery": 4},
    slow_method="boleto",
    coupons=(
        CouponPlan("BEMVINDA10", "percent", Decimal("10.00"), weight=26),
        CouponPlan("PIX5", "percent", Decimal("5.00"), weight=20),
        CouponPlan("FRETE20", "fixed", Decimal("20.00"), Decimal("150.00"), weight=14),
        CouponPlan("VOLTE15", "percent", Decimal("15.00"), Decimal("199.00"), weight=9),
        CouponPlan("CAMILA15", "percent", Decimal("15.00"), usage_limit=250, weight=5),
        CouponPlan("BLACK", "percent", Decimal("30.00"), season=((11, 20), (12, 1)), weight=60),
        CouponPlan("MAES", "percent", Decimal("12.00"), season=((5, 1), (5, 13)), weight=30),
        CouponPlan("NAMORADOS", "fixed", Decimal("30.00"), Decimal("250.00"), season=((6, 3), (6, 13)), weight=26),
        CouponPlan("NATAL", "percent", Decimal("15.00"), season=((12, 8), (12, 25)), weight=34),
        CouponPlan("OUTLET50", "percent", Decimal("50.00"), is_active=False, weight=0),
    ),
    plans=(("Clube Básico", Decimal("29.90")), ("Clube Plus", Decimal("59.90")), ("Clube VIP", Decimal("119.90"))),
    credit_step=Decimal("10.00"),
    guest_share=0.11,
    phone="+55 ## 9####-####",
    words=Words(
        refund_reasons=(
            "Tamanho não serviu",
            "Produto com defeito",
            "Cor diferente da foto",
            "Arrependimento da compra",
            "Chegou tarde demais",
            "Produto errado enviado",
        ),
        cancel_reasons=("Cliente desistiu da compra", "Pedido em duplicidade", "Endereço incorreto"),
        credit_grants=("Crédito de boas-vindas", "Indique uma amiga", "Desculpas pelo atraso", "Aniversário"),
        credit_spending="Usado em compra",
        notes=("É presente, embalar com carinho", "Entregar na portaria", "Ligar antes de entregar"),
        variant="Cor",
    ),
)

NZ_OUTDOOR = StoreProfile(
    slug="nz-outdoor",
    name="Southern Track Outdoor",
    currency="NZD",
    timezone="Pacific/Auckland",
    locale="en_NZ",
    home="NZ",
    share=0.54,
    growth=1.27,
    hours=DAYTIME,
    weekdays=(1.05, 1.0, 0.98, 1.0, 1.02, 0.9, 1.05),
    months=(1.18, 1.02, 1.0, 1.0, 0.92, 0.98, 0.96, 0.88, 0.9, 1.02, 1.2, 1.42),
    peaks=(Peak(12, 26, 31, 2.2), Peak(11, 23, 30, 2.3), Peak(12, 8, 20, 1.4), Peak(4, 1, 6, 1.25)),
    shelves=catalogue_outdoor.SHELVES,
    places=(
        _place("Auckland", "Auckland", "NZ", "10##", 280, "6.50"),
        _place("Wellington", "Wellington", "NZ", "60##", 110, "7.50"),
        _place("Christchurch", "Canterbury", "NZ", "80##", 125, "8.50"),
        _place("Hamilton", "Waikato", "NZ", "32##", 58, "6.90"),
        _place("Tauranga", "Bay of Plenty", "NZ", "31##", 50, "6.90"),
        _place("Dunedin", "Otago", "NZ", "90##", 52, "8.90"),
        _place("Queenstown", "Otago", "NZ", "93##", 40, "8.90"),
        _place("Wānaka", "Otago", "NZ", "9305", 24, "9.90"),
        _place("Nelson", "Nelson", "NZ", "70##", 36, "8.50"),
        _place("Napier", "Hawke's Bay", "NZ", "41##", 24, "7.50"),
        _place("Palmerston North", "Manawatū-Whanganui", "NZ", "44##", 26, "7.50"),
        _place("New Plymouth", "Taranaki", "NZ", "43##", 24, "7.50"),
        _place("Rotorua", "Bay of Plenty", "NZ", "30##", 20, "6.90"),
        _place("Whangārei", "Northland", "NZ", "01##", 18, "6.90"),
        _place("Invercargill", "Southland", "NZ", "98##", 16, "9.90"),
        _place("Te Anau", "Southland", "NZ", "9600", 9, "11.90"),
        _place("Sydney", "NSW", "AU", "20##", 46, "24.00"),
        _place("Melbourne", "VIC", "AU", "30##", 40, "24.00"),
        _place("Brisbane", "QLD", "AU", "40##", 24, "24.00"),
        _place("Hobart", "TAS", "AU", "70##", 10, "26.00"),
        _place("London", "", "GB", "SW# #AA", 12, "49.00"),
        _place("Seattle", "WA", "US", "981##", 11, "49.00"),
        _place("Vancouver", "BC", "CA", "V5K #A#", 7, "49.00"),
        _place("München", "BY", "DE", "803##", 8, "52.00"),
        _place("Singapore", "", "SG", "01####", 7, "38.00"),
        _place("Nouméa", "", "NC", "988##", 4, "42.00"),
    ),
    tax_rates={"NZ": Decimal("15"), "AU": Decimal("10"), "GB": Decimal("20"), "SG": Decimal("9")},
    free_shipping_from=Decimal("150.00"),
    payment_methods={"card": 63, "afterpay": 14, "paypal": 13, "bank_transfer": 7, "cash_on_delivery": 3},
    slow_method="bank_transfer",
    coupons=(
        CouponPlan("KIAORA10", "percent", Decimal("10.00"), weight=26),
        CouponPlan("TRAMPER20", "fixed", Decimal("20.00"), Decimal("180.00"), weight=14),
        CouponPlan("FREIGHT10", "fixed", Decimal("10.00"), Decimal("80.00"), weight=12),
        CouponPlan("ALPINECLUB15", "percent", Decimal("15.00"), usage_limit=300, weight=7),
        CouponPlan("BLACKFRIDAY", "percent", Decimal("25.00"), season=((11, 20), (12, 2)), weight=52),
        CouponPlan("BOXINGDAY", "percent", Decimal("20.00"), season=((12, 26), (12, 31)), weight=52),
        CouponPlan("MATARIKI", "percent", Decimal("15.00"), season=((6, 18), (7, 12)), weight=26),
        CouponPlan("GREATWALK", "fixed", Decimal("30.00"), Decimal("250.00"), season=((10, 20), (11, 10)), weight=20),
        CouponPlan("STAFF40", "percent", Decimal("40.00"), is_active=False, weight=0),
    ),
    plans=(("Trail Club", Decimal("9.00")), ("Summit Club", Decimal("19.00")), ("Guide Club", Decimal("39.00"))),
    credit_step=Decimal("5.00"),
    guest_share=0.15,
    phone="+64 2# ### ####",
    words=Words(
        refund_reasons=(
            "Wrong size",
            "Faulty zip",
            "Changed my mind",
            "Seam leaked on first use",
            "Arrived after the trip",
            "Wrong item sent",
        ),
        cancel_reasons=("Customer changed their mind", "Duplicate order", "Wrong delivery address"),
        credit_grants=("Welcome credit", "Referred a mate", "Sorry for the late courier", "Trade-in of old boots"),
        credit_spending="Spent on an order",
        notes=("Leave at the back door", "Gift – no invoice in the parcel", "Needed before the long weekend"),
        variant="Color",
    ),
)

PROFILES = (SP_MODA, NZ_OUTDOOR)
REAL_STORE = ("uk-gifts", "UK Gifts", "GBP", "Europe/London")
