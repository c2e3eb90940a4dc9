"""Drawings of kinds of products: outdoor equipment, gifts and things for the house; see `drawings`."""

from __future__ import annotations

GOODS: dict[str, str] = {
    # outdoors
    "tent": (
        '<path d="M50 24 14 76h72z" fill="{m}"/><path d="M50 24 38 76h24z" fill="{d}"/>'
        '<path d="M50 24v52" {line} opacity=".4"/><path d="M50 24l-4-6M50 24l4-6" {line}/>'
    ),
    "sleepingbag": (
        '<path d="M36 22q14-8 28 0 4 30-2 54-12 8-24 0-6-24-2-54z" fill="{m}"/>'
        '<ellipse cx="50" cy="30" rx="10" ry="7" fill="{l}"/>'
        '<path d="M36 46q14 6 28 0M37 58q13 6 26 0M38 69q12 5 24 0" {line} opacity=".5"/>'
    ),
    "mat": (
        '<path d="M24 36h44v36H24z" fill="{m}"/><circle cx="68" cy="54" r="18" fill="{d}"/>'
        '<circle cx="68" cy="54" r="12" fill="{m}"/><circle cx="68" cy="54" r="6" fill="{d}"/>'
        '<path d="M34 36v36M44 36v36" stroke="{l}" stroke-width="3"/>'
    ),
    "pillow": (
        '<path d="M20 34q30 8 60 0 8 18 0 36-30-8-60 0-8-18 0-36z" fill="{m}"/>'
        '<path d="M30 44q20 5 40 0" {line} opacity=".5"/>'
    ),
    "drybag": (
        '<path d="M32 34h36v40q0 6-6 6H38q-6 0-6-6z" fill="{m}"/><path d="M28 24h44l-4 10H32z" fill="{d}"/>'
        '<path d="M40 48h20v14H40z" fill="{l}"/>'
    ),
    "peg": (
        '<path d="M34 22v46l-4 12M50 22v46l-4 12M66 22v46l-4 12" fill="none" stroke="{m}" stroke-width="5" '
        'stroke-linecap="round"/>'
        '<path d="M28 26h12M44 26h12M60 26h12" stroke="{d}" stroke-width="6" stroke-linecap="round"/>'
    ),
    "stove": (
        '<path d="M38 58h24v18q0 6-6 6H44q-6 0-6-6z" fill="{m}"/><path d="M46 48h8v10h-8z" fill="{d}"/>'
        '<path d="M30 46h40v4H30z" fill="{d}"/><path d="M50 18q12 12 4 26h-8q-8-12 4-26z" fill="{l}"/>'
        '<path d="M50 28q6 8 2 16h-4q-4-8 2-16z" fill="{m}"/>'
    ),
    "pot": (
        '<path d="M26 40h48v30q0 8-8 8H34q-8 0-8-8z" fill="{m}"/><path d="M24 34h52v7H24z" fill="{d}"/>'
        '<path d="M46 26h8v8h-8z" fill="{d}"/>'
        '<path d="M74 50h14" stroke="{d}" stroke-width="6" stroke-linecap="round"/>'
    ),
    "mug": (
        '<path d="M66 42q16-2 16 11T66 66" fill="none" stroke="{d}" stroke-width="6"/>'
        '<path d="M26 32h42v38q0 8-8 8H34q-8 0-8-8z" fill="{m}"/><path d="M26 32h42v7H26z" fill="{l}"/>'
    ),
    "spork": (
        '<path d="M50 46v36" stroke="{m}" stroke-width="7" stroke-linecap="round"/>'
        '<path d="M38 18v16q0 16 12 16t12-16V18l-5 12-2-12h-3l-2 12-2-12h-3l-2 12z" fill="{m}"/>'
        '<path d="M42 34q8 10 16 0" {line}/>'
    ),
    "canister": (
        '<path d="M30 44q0-10 20-10t20 10v28q0 8-8 8H38q-8 0-8-8z" fill="{m}"/>'
        '<path d="M44 24h12v10H44z" fill="{d}"/><path d="M30 52h40v14H30z" fill="{l}"/>'
    ),
    "pouch": (
        '<path d="M30 22h40l4 54q-24 8-48 0z" fill="{m}"/><path d="M30 22h40v8H30z" fill="{d}"/>'
        '<path d="M38 54q12-14 24 0-12 14-24 0z" fill="{l}"/>'
    ),
    "bottle": (
        '<path d="M44 18h12v12q8 4 8 14v32q0 6-6 6H42q-6 0-6-6V44q0-10 8-14z" fill="{m}"/>'
        '<path d="M43 16h14v8H43z" fill="{d}"/><path d="M36 50h28v14H36z" fill="{l}"/>'
    ),
    "headlamp": (
        '<path d="M18 58q0-32 32-32t32 32" fill="none" stroke="{d}" stroke-width="7"/>'
        '<rect x="34" y="44" width="32" height="26" rx="8" fill="{m}"/><circle cx="50" cy="57" r="9" fill="{l}"/>'
    ),
    "lantern": (
        '<path d="M38 26q0-10 12-10t12 10" fill="none" stroke="{d}" stroke-width="4"/>'
        '<path d="M34 26h32v8H34zM32 72h36v9H32z" fill="{d}"/>'
        '<rect x="36" y="34" width="28" height="38" fill="{l}"/>'
        '<path d="M50 42q10 12 0 24-10-12 0-24z" fill="{m}"/>'
    ),
    "compass": (
        '<circle cx="50" cy="50" r="30" fill="{m}"/><circle cx="50" cy="50" r="23" fill="{l}"/>'
        '<path d="m62 34-8 20-20 12 12-20z" fill="{d}"/><circle cx="50" cy="50" r="3" fill="{l}"/>'
    ),
    "map": (
        '<path d="m18 30 20-8 24 8 20-8v48l-20 8-24-8-20 8z" fill="{m}"/>'
        '<path d="m38 22 24 8v48l-24-8z" fill="{l}"/>'
        '<path d="M26 60q10-20 22-10t26-18" {line} stroke-dasharray="4 5"/>'
    ),
    "beacon": (
        '<rect x="34" y="40" width="32" height="42" rx="7" fill="{m}"/>'
        '<path d="M58 40V16" stroke="{d}" stroke-width="5" stroke-linecap="round"/>'
        '<circle cx="50" cy="54" r="7" fill="{l}"/><path d="M42 70h16" {line}/>'
        '<path d="M66 20q6 6 0 14M72 16q10 10 0 22" {line} opacity=".5"/>'
    ),
    "battery": (
        '<rect x="30" y="20" width="40" height="62" rx="8" fill="{m}"/>'
        '<path d="M53 32 40 54h9l-3 18 14-24h-9z" fill="{l}"/><path d="M42 16h16v5H42z" fill="{d}"/>'
    ),
    "board": (
        '<path d="M50 12q18 18 16 44-2 22-16 32-14-10-16-32-2-26 16-44z" fill="{m}"/>'
        '<path d="M50 12v76" {line} opacity=".35"/><path d="M36 40h28v8H35z" fill="{l}"/>'
    ),
    "paddle": (
        '<path d="M30 70 70 30" stroke="{d}" stroke-width="5" stroke-linecap="round"/>'
        '<path d="M64 36q-4-18 14-22 12 12 8 22-10 8-22 0zM36 64q4 18-14 22-12-12-8-22 10-8 22 0z" '
        'fill="{m}"/>'
    ),
    "mask": (
        '<rect x="20" y="40" width="48" height="26" rx="12" fill="{d}"/>'
        '<rect x="25" y="45" width="38" height="16" rx="8" fill="{l}"/>'
        '<path d="M76 18v46q0 12-12 12h-6" fill="none" stroke="{m}" stroke-width="7" stroke-linecap="round"/>'
    ),
    "rope": (
        '<ellipse cx="50" cy="50" rx="26" ry="30" fill="none" stroke="{m}" stroke-width="6"/>'
        '<ellipse cx="50" cy="50" rx="19" ry="24" fill="none" stroke="{d}" stroke-width="5"/>'
        '<path d="M24 44h52v14H24z" fill="{m}"/>'
        '<path d="M32 44v14M44 44v14M56 44v14M68 44v14" stroke="{l}" stroke-width="3"/>'
    ),
    "harness": (
        '<path d="M24 36h52v10H24z" fill="{m}"/>'
        '<ellipse cx="36" cy="64" rx="12" ry="15" fill="none" stroke="{m}" stroke-width="7"/>'
        '<ellipse cx="64" cy="64" rx="12" ry="15" fill="none" stroke="{m}" stroke-width="7"/>'
        '<path d="M50 40v20" stroke="{d}" stroke-width="6" stroke-linecap="round"/>'
    ),
    "helmet": (
        '<path d="M20 62q0-36 30-36t30 36z" fill="{m}"/><path d="M16 62h68v7H16z" fill="{d}"/>'
        '<path d="M40 34v18M50 31v20M60 34v18" stroke="{l}" stroke-width="4" stroke-linecap="round"/>'
    ),
    "carabiner": (
        '<path d="M40 18h20q14 0 12 16l-6 34q-2 14-16 14t-16-14l-4-34q-2-16 10-16z" fill="none" stroke="{m}" '
        'stroke-width="8"/><path d="m70 36-5 28" stroke="{l}" stroke-width="5"/>'
    ),
    "axe": (
        '<path d="M50 26v56" stroke="{d}" stroke-width="6" stroke-linecap="round"/>'
        '<path d="M20 34q16-16 34-14l22 2v10l-22 2q-18-2-34 0z" fill="{m}"/>'
    ),
    "poles": (
        '<path d="m36 20-8 60M64 20l8 60" stroke="{m}" stroke-width="4" stroke-linecap="round"/>'
        '<path d="m36 18-2 16M64 18l2 16" stroke="{d}" stroke-width="8" stroke-linecap="round"/>'
        '<path d="M22 70h14M64 70h14" stroke="{d}" stroke-width="4" stroke-linecap="round"/>'
    ),
    # gifts and things for the house
    "heart": (
        '<path d="M50 80Q16 56 20 38q4-16 18-14 8 2 12 10 4-8 12-10 14-2 18 14 4 18-30 42z" fill="{m}"/>'
        '<path d="M28 40q2-8 9-8" fill="none" stroke="{l}" stroke-width="4" stroke-linecap="round"/>'
    ),
    "candle": (
        '<path d="M30 56h40v18q0 8-8 8H38q-8 0-8-8z" fill="{m}"/><path d="M30 56h40v6H30z" fill="{d}"/>'
        '<path d="M50 20q12 16 0 28-12-12 0-28z" fill="{l}"/><path d="M50 46v10" {line}/>'
    ),
    "clock": (
        '<circle cx="50" cy="52" r="28" fill="{m}"/><circle cx="50" cy="52" r="21" fill="{l}"/>'
        '<path d="M50 38v14l10 7" {line}/>'
        '<path d="m26 26-6 8M74 26l6 8" stroke="{d}" stroke-width="6" stroke-linecap="round"/>'
    ),
    "cake": (
        '<path d="M24 54h52v20q0 6-6 6H30q-6 0-6-6z" fill="{m}"/>'
        '<path d="M24 54q0-16 26-16t26 16q-6 10-13 0-6 10-13 0-7 10-13 0-7 10-13 0z" fill="{l}"/>'
        '<circle cx="50" cy="30" r="7" fill="{d}"/>'
    ),
    "tin": (
        '<path d="M26 36h48v38q-24 10-48 0z" fill="{m}"/><ellipse cx="50" cy="36" rx="24" ry="8" fill="{l}"/>'
        '<path d="M26 50q24 10 48 0v10q-24 10-48 0z" fill="{d}" opacity=".5"/>'
    ),
    "box": (
        '<path d="m50 22 30 12v34L50 82 20 68V34z" fill="{m}"/><path d="M50 46v36l30-14V34z" fill="{d}"/>'
        '<path d="m20 34 30 12 30-12-30-12z" fill="{l}"/>'
    ),
    "gift": (
        '<path d="M24 44h52v36H24z" fill="{m}"/><path d="M20 34h60v12H20z" fill="{d}"/>'
        '<path d="M45 34h10v46H45z" fill="{l}"/>'
        '<path d="M50 34q-20-2-18-12 10-6 18 12 8-18 18-12 2 10-18 12z" fill="{m}"/>'
    ),
    "tree": (
        '<path d="M50 14 30 42h10L24 64h52L60 42h10z" fill="{m}"/><path d="M45 64h10v16H45z" fill="{d}"/>'
        '<circle cx="44" cy="50" r="3" fill="{l}"/><circle cx="57" cy="40" r="3" fill="{l}"/>'
        '<circle cx="60" cy="57" r="3" fill="{l}"/>'
    ),
    "star": (
        '<path d="m50 16 10 22 24 3-18 16 5 24-21-12-21 12 5-24-18-16 24-3z" fill="{m}"/>'
        '<path d="m50 16 10 22-10 18z" fill="{l}"/>'
    ),
    "bird": (
        '<path d="M18 50q14-4 18-16 10-10 22-4l10-2-6 9q8 24-14 32-20 4-26-8z" fill="{m}"/>'
        '<path d="M34 54q14 2 20-12 4 20-20 12z" fill="{d}"/><circle cx="57" cy="37" r="2.4" fill="{l}"/>'
        '<path d="M42 70v10M50 69v10" {line}/>'
    ),
    "flower": (
        '<path d="M50 52v30M50 70q-14 0-16-10M50 72q14 0 16-12" {line}/>'
        '<circle cx="50" cy="24" r="10" fill="{m}"/><circle cx="38" cy="34" r="10" fill="{m}"/>'
        '<circle cx="62" cy="34" r="10" fill="{m}"/><circle cx="43" cy="47" r="10" fill="{m}"/>'
        '<circle cx="57" cy="47" r="10" fill="{m}"/><circle cx="50" cy="37" r="8" fill="{l}"/>'
    ),
    "bunting": (
        '<path d="M12 32q38 16 76 0" {line}/>'
        '<path d="m16 34 16 6-10 20zM40 42h18l-9 22zM66 40l16-6-4 24z" fill="{m}"/>'
        '<path d="m20 36 8 3-5 11zM76 36l4-2-2 12z" fill="{l}"/>'
    ),
    "frame": (
        '<rect x="22" y="22" width="56" height="56" rx="4" fill="{m}"/>'
        '<rect x="31" y="31" width="38" height="38" fill="{l}"/>'
        '<path d="m31 69 14-18 10 10 6-6 8 14z" fill="{d}"/><circle cx="58" cy="42" r="4" fill="{m}"/>'
    ),
    "mat_door": (
        '<rect x="16" y="34" width="68" height="36" rx="4" fill="{m}"/>'
        '<rect x="22" y="40" width="56" height="24" rx="2" fill="{l}"/>'
        '<path d="M50 60q-12-8-8-14 4-4 8 2 4-6 8-2 4 6-8 14z" fill="{d}"/>'
    ),
    "umbrella": (
        '<path d="M50 22v44q0 12 10 12 8 0 8-8" {line}/>'
        '<path d="M16 54q2-32 34-32t34 32q-8-6-17 0-8-6-17 0-8-6-17 0-9-6-17 0z" fill="{m}"/>'
        '<path d="M33 54q4-24 17-32-2 12 0 32-8-6-17 0z" fill="{l}"/>'
    ),
    "plate": (
        '<circle cx="50" cy="50" r="30" fill="{m}"/><circle cx="50" cy="50" r="20" fill="{l}"/>'
        '<circle cx="50" cy="50" r="25" fill="none" stroke="{d}" stroke-width="2" stroke-dasharray="2 6"/>'
    ),
    "jar": (
        '<path d="M32 36q-4 4-4 10v28q0 8 8 8h28q8 0 8-8V46q0-6-4-10z" fill="{m}"/>'
        '<path d="M30 22h40v14H30z" fill="{d}"/><rect x="36" y="50" width="28" height="18" rx="3" fill="{l}"/>'
    ),
    "toy": (
        '<circle cx="34" cy="30" r="9" fill="{d}"/><circle cx="66" cy="30" r="9" fill="{d}"/>'
        '<circle cx="50" cy="44" r="22" fill="{m}"/><ellipse cx="50" cy="52" rx="10" ry="8" fill="{l}"/>'
        '<circle cx="42" cy="40" r="2.6" fill="{d}"/><circle cx="58" cy="40" r="2.6" fill="{d}"/>'
        '<circle cx="50" cy="49" r="3" fill="{d}"/><path d="M30 62q20 10 40 0l6 20H24z" fill="{m}"/>'
    ),
    "sign": (
        '<path d="m50 16-20 18M50 16l20 18" {line}/><rect x="18" y="34" width="64" height="38" rx="4" fill="{m}"/>'
        '<path d="M28 46h44M28 54h36M28 62h26" stroke="{l}" stroke-width="4" stroke-linecap="round"/>'
    ),
    "book": (
        '<path d="M26 20h44q6 0 6 6v54H32q-6 0-6-6z" fill="{m}"/><path d="M26 20h9v60h-3q-6 0-6-6z" fill="{d}"/>'
        '<rect x="43" y="32" width="25" height="14" rx="2" fill="{l}"/>'
    ),
    "pencil": (
        '<path d="m28 60 36-36 12 12-36 36-16 4z" fill="{m}"/>'
        '<path d="m28 60 12 12-16 4zM64 24l6-6 12 12-6 6z" fill="{d}"/>'
        '<path d="m34 66 36-36" stroke="{l}" stroke-width="3"/>'
    ),
    "basket": (
        '<path d="M28 46q0-28 22-28t22 28" fill="none" stroke="{d}" stroke-width="5"/>'
        '<path d="M20 46h60l-8 34H28z" fill="{m}"/>'
        '<path d="M24 56h52M26 66h48M40 46l2 34M60 46l-2 34" stroke="{l}" stroke-width="3"/>'
    ),
    "lights": (
        '<path d="M12 28q20 26 38 8t38 10" {line}/><circle cx="24" cy="48" r="8" fill="{m}"/>'
        '<circle cx="44" cy="50" r="8" fill="{l}"/><circle cx="62" cy="48" r="8" fill="{m}"/>'
        '<circle cx="80" cy="58" r="8" fill="{l}"/><circle cx="34" cy="66" r="3" fill="{d}"/>'
        '<circle cx="70" cy="72" r="3" fill="{d}"/>'
    ),
    "apron": (
        '<path d="M38 34q-2-16 12-16t12 16" fill="none" stroke="{d}" stroke-width="4"/>'
        '<path d="M36 32h28v16q12 4 12 12v20H24V60q0-8 12-12z" fill="{m}"/>'
        '<rect x="38" y="58" width="24" height="14" rx="3" fill="{d}"/>'
    ),
    "hook": (
        '<rect x="20" y="24" width="60" height="18" rx="4" fill="{m}"/>'
        '<path d="M34 42v16q0 10 8 10M66 42v16q0 10 8 10M50 42v20q0 12 8 12" fill="none" stroke="{d}" '
        'stroke-width="5" stroke-linecap="round"/>'
    ),
    "teapot": (
        '<path d="M74 44q14 2 10 16-6 8-14 4" fill="none" stroke="{d}" stroke-width="5"/>'
        '<path d="M30 50 14 40l4-4 16 6z" fill="{d}"/><ellipse cx="52" cy="58" rx="25" ry="22" fill="{m}"/>'
        '<path d="M38 40q14-10 28 0z" fill="{l}"/><circle cx="52" cy="32" r="4" fill="{d}"/>'
    ),
    "soap": (
        '<rect x="22" y="44" width="56" height="32" rx="14" fill="{m}"/>'
        '<rect x="32" y="52" width="36" height="16" rx="8" fill="{l}"/><circle cx="40" cy="32" r="6" fill="{l}"/>'
        '<circle cx="56" cy="26" r="8" fill="{m}" opacity=".6"/><circle cx="68" cy="36" r="4" fill="{l}"/>'
    ),
    "chalkboard": (
        '<rect x="20" y="22" width="60" height="46" rx="3" fill="{d}"/>'
        '<rect x="25" y="27" width="50" height="36" fill="{m}"/>'
        '<path d="M33 40h28M33 50h18" stroke="{l}" stroke-width="3" stroke-linecap="round"/>'
        '<path d="m34 68-8 14M66 68l8 14" {line}/>'
    ),
}
