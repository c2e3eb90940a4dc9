// Fields of choices by typing: Django's script draws them; they get the label of the field as their name here.
"use strict";

function nameChoices() {
  for (const select of document.querySelectorAll("select.admin-autocomplete[id]")) {
    const label = document.querySelector(`label[for="${CSS.escape(select.id)}"]`);
    const name = label?.innerText.replace(/:$/, "") || select.dataset.placeholder;
    const shown = select.nextElementSibling;
    shown?.querySelector("[role=combobox]")?.setAttribute("aria-label", name);
    shown?.querySelector("[role=textbox]")?.setAttribute("aria-label", name);
  }
}

// jQuery's "ready", in which Django's script draws them, may come after the page's "load"
addEventListener("load", () => setTimeout(nameChoices));
document.addEventListener("formset:added", () => setTimeout(nameChoices));
