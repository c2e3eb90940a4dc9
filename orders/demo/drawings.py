"""Drawings of kinds of products: SVG shapes on a 100 × 100 canvas, in three shades of one colour.

`{m}` is the colour itself, `{d}` a darker and `{l}` a lighter shade, `{line}` the attributes of a thin dark line.
Presentation attributes only: pictures are served under a policy that allows neither scripts nor style sheets nor
anything from elsewhere.
"""

from __future__ import annotations

from orders.demo.drawings_goods import GOODS

LINE = 'fill="none" stroke="{d}" stroke-width="3" stroke-linecap="round" stroke-linejoin="round"'

DRAWINGS: dict[str, str] = {
    # clothes
    "dress": (
        '<path d="M40 20v8l-6 8 6 12-14 32h48L60 48l6-12-6-8v-8l-4 8q-6 5-12 0z" fill="{m}"/>'
        '<path d="M40 48h20l2 5H38z" fill="{d}"/>'
    ),
    "shirt": (
        '<path d="M38 22 20 32l6 18 8-4v34h32V46l8 4 6-18-18-10-12 8z" fill="{m}"/>'
        '<path d="m38 22 12 8 12-8-6 14-6-6-6 6z" fill="{l}"/><path d="M50 38v38" {line}/>'
    ),
    "tee": (
        '<path d="M38 24 18 34l6 17 10-4v33h32V47l10 4 6-17-20-10q-12 12-24 0z" fill="{m}"/>'
        '<path d="M38 24q12 12 24 0l3 2q-15 15-30 0z" fill="{d}"/>'
    ),
    "tank": (
        '<path d="M37 20h6q0 16 7 16t7-16h6q0 20 7 24v36H30V44q7-4 7-24z" fill="{m}"/>'
        '<path d="M30 72h40v8H30z" fill="{d}"/>'
    ),
    "sweater": (
        '<path d="M38 24 22 32 14 66l10 3 8-22v33h36V47l8 22 10-3-8-34-16-8q-12 9-24 0z" fill="{m}"/>'
        '<path d="M32 72h36v8H32zM38 24q12 9 24 0l2 4q-14 9-28 0z" fill="{d}"/>'
    ),
    "trousers": '<path d="M34 20h32l6 62H56l-6-42-6 42H28z" fill="{m}"/><path d="M34 20h32l1 8H33z" fill="{d}"/>',
    "shorts": '<path d="M30 32h40l8 38H55l-5-20-5 20H22z" fill="{m}"/><path d="M30 32h40l2 8H28z" fill="{d}"/>',
    "skirt": (
        '<path d="M38 26h24l14 50H24z" fill="{m}"/><path d="M38 26h24l2 7H36z" fill="{d}"/>'
        '<path d="M44 38 38 74M50 38v36M56 38l6 36" {line} opacity=".45"/>'
    ),
    "coat": (
        '<path d="M40 18 24 28l-8 40 10 3 6-22v35h36V49l6 22 10-3-8-40-16-10-10 12z" fill="{m}"/>'
        '<path d="M40 18 50 30l10-12 4 3-14 25-14-25z" fill="{l}"/><path d="M50 46v38" {line}/>'
        '<circle cx="55" cy="56" r="1.8" fill="{d}"/><circle cx="55" cy="68" r="1.8" fill="{d}"/>'
    ),
    "vest": (
        '<path d="M38 18 30 26v56h17V36l3-4 3 4v46h17V26l-8-8q-2 12-12 14-10-2-12-14z" fill="{m}"/>'
        '<path d="M30 46h17v7H30zM53 46h17v7H53zM30 62h17v7H30zM53 62h17v7H53z" fill="{d}"/>'
    ),
    "bikini": (
        '<path d="M28 30q11-6 20 6l-10 8q-10-2-10-14zM72 30q-11-6-20 6l10 8q10-2 10-14z" fill="{m}"/>'
        '<path d="M28 30 36 18M72 30l-8-12M38 44h24" {line}/><path d="M30 60h40L55 78H45z" fill="{m}"/>'
    ),
    "swimsuit": (
        '<path d="M38 18h5q1 16 7 16t7-16h5l4 22-5 14 5 12q-8 2-11 16h-10q-3-14-11-16l5-12-5-14z" '
        'fill="{m}"/><path d="M38 54h24l-2 5H40z" fill="{d}"/>'
    ),
    "socks": (
        '<path d="M36 20h18v32l16 12q6 5 2 11t-11 3L38 62q-2-2-2-6z" fill="{m}"/>'
        '<path d="M36 20h18v8H36z" fill="{d}"/><path d="M36 34h18v4H36zM36 42h18v4H36z" fill="{l}"/>'
    ),
    "gloves": (
        '<path d="M36 82V56L24 46q-3-4 1-7t7 1l6 6V26q0-4 4-4t4 4v14V20q0-4 4-4t4 4v20V22q0-4 4-4t4 '
        '4v20V30q0-4 4-4t4 4v34q0 8-6 12v6z" fill="{m}"/><path d="M36 76h28v6H36z" fill="{d}"/>'
    ),
    "scarf": (
        '<path d="M30 28q20-10 40 0l-4 14q-16 6-32 0z" fill="{m}"/><path d="M54 42h14l4 36H58z" fill="{m}"/>'
        '<path d="M40 44h13l-3 28H38z" fill="{d}"/><path d="M58 70h13l1 8H58z" fill="{l}"/>'
    ),
    "hat": (
        '<ellipse cx="50" cy="62" rx="36" ry="10" fill="{m}"/>'
        '<path d="M30 60q0-30 12-30 8 4 16 0 12 0 12 30-20 8-40 0z" fill="{m}"/>'
        '<path d="M30 56q20 8 40 0v6q-20 8-40 0z" fill="{d}"/>'
    ),
    "cap": (
        '<path d="M26 56q0-28 26-28t26 28z" fill="{m}"/><path d="M66 56h20q4 8-6 8-10-4-26-4H26v-4z" fill="{d}"/>'
        '<path d="M52 28v28" {line} opacity=".4"/>'
    ),
    "beanie": (
        '<path d="M26 62q0-32 24-32t24 32z" fill="{m}"/>'
        '<rect x="23" y="60" width="54" height="14" rx="5" fill="{d}"/><circle cx="50" cy="27" r="7" fill="{l}"/>'
    ),
    # shoes
    "sneaker": (
        '<path d="M18 62V44q10 4 18-4l24 18q20 2 22 12H18z" fill="{m}"/>'
        '<path d="M18 68h65v5q0 4-4 4H22q-4 0-4-4z" fill="{l}"/>'
        '<path d="m38 46-6 6M45 51l-6 6M52 56l-6 6" {line}/>'
    ),
    "shoe": (
        '<path d="M16 66q0-18 8-20 10 10 26 10 26 2 34 16z" fill="{m}"/><path d="M16 66l68 6v4H16z" fill="{d}"/>'
        '<path d="M24 48q10 10 24 9" {line} opacity=".5"/>'
    ),
    "sandal": (
        '<path d="M16 72q30-2 68-6v6q-36 6-68 6z" fill="{d}"/>'
        '<path d="M26 72q0-22 10-34 4 16 12 20M56 70q0-14 14-16 2 8-2 14" fill="none" stroke="{m}" '
        'stroke-width="6" stroke-linecap="round"/>'
    ),
    "heel": (
        '<path d="M20 34q4 22 26 26 24 2 36 12 0 4-6 4H56q-18-4-28-16v16h-6z" fill="{m}"/>'
        '<path d="M22 56h6v20h-6z" fill="{d}"/>'
    ),
    "boot": (
        '<path d="M34 18h24v32q4 10 22 12 4 4 4 12H30z" fill="{m}"/><path d="M29 72h56v8H29z" fill="{d}"/>'
        '<path d="M34 18h24v7H34z" fill="{l}"/><path d="M46 36h12M46 44h12" {line} opacity=".5"/>'
    ),
    # bags and small things to wear
    "bag": (
        '<path d="M36 40q0-20 14-20t14 20" fill="none" stroke="{d}" stroke-width="4"/>'
        '<path d="M26 38h48l6 42H20z" fill="{m}"/><path d="M24 50h52l1 5H23z" fill="{d}" opacity=".5"/>'
    ),
    "pack": (
        '<path d="M42 24q0-8 8-8t8 8" fill="none" stroke="{d}" stroke-width="4"/>'
        '<path d="M30 40q0-18 20-18t20 18v36q0 6-6 6H36q-6 0-6-6z" fill="{m}"/>'
        '<rect x="35" y="54" width="30" height="20" rx="4" fill="{d}"/>'
        '<path d="M34 44h32" stroke="{l}" stroke-width="4"/><path d="M30 46h-6v24h6zM70 46h6v24h-6z" fill="{d}"/>'
    ),
    "wallet": (
        '<rect x="20" y="32" width="60" height="40" rx="6" fill="{m}"/>'
        '<path d="M20 42h60v6H20z" fill="{d}" opacity=".5"/>'
        '<rect x="60" y="48" width="20" height="12" rx="6" fill="{d}"/>'
        '<circle cx="67" cy="54" r="2.5" fill="{l}"/>'
    ),
    "glasses": (
        '<circle cx="33" cy="52" r="14" fill="{m}"/><circle cx="67" cy="52" r="14" fill="{m}"/>'
        '<path d="M47 50q3-4 6 0M19 48l-6-6M81 48l6-6" {line}/>'
        '<path d="M24 48q4-6 10-6M58 48q4-6 10-6" fill="none" stroke="{l}" stroke-width="3" '
        'stroke-linecap="round"/>'
    ),
    "belt": (
        '<path d="M12 44h76v14H12z" fill="{m}"/>'
        '<rect x="38" y="38" width="24" height="26" rx="4" fill="none" stroke="{d}" stroke-width="5"/>'
        '<path d="M50 51h14" {line}/><circle cx="74" cy="51" r="2" fill="{d}"/>'
        '<circle cx="82" cy="51" r="2" fill="{d}"/>'
    ),
    "jewel": (
        '<path d="M30 24q0 36 20 42 20-6 20-42" fill="none" stroke="{m}" stroke-width="4" '
        'stroke-dasharray="1 6" stroke-linecap="round"/><path d="M50 62 40 72l10 12 10-12z" fill="{m}"/>'
        '<path d="M40 72h20L50 84z" fill="{d}"/>'
    ),
    "watch": (
        '<path d="M42 16h16l2 18H40zM40 66h20l-2 18H42z" fill="{d}"/><circle cx="50" cy="50" r="20" fill="{m}"/>'
        '<circle cx="50" cy="50" r="15" fill="{l}"/><path d="M50 40v10l7 5" {line}/>'
    ),
    "card": (
        '<rect x="18" y="30" width="64" height="42" rx="6" fill="{m}"/>'
        '<path d="M18 46h64v6H18zM46 30h6v42h-6z" fill="{l}"/>'
        '<path d="M49 46q-16-2-14-10t14 10q14-18 14-10t-14 10z" fill="{d}"/>'
    ),
    **GOODS,
}
