// The line below the header when the page may not change, or not even read: it asks for the token.
import type { Model } from "../state/model";
import { h, set_text } from "../ui/dom";

export function access_bar(model: Model, lifetime: AbortSignal): HTMLElement {
  const why = h("span");
  const field = h("input", {
    type: "password",
    id: "token",
    autocomplete: "off",
    spellcheck: "false",
    placeholder: "Token",
    "aria-label": "Token",
  });
  const form = h(
    "form",
    { class: "access", hidden: true },
    why,
    field,
    h("button", { class: "button" }, "Use it"),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    model.set_token(field.value.trim());
    field.value = "";
  });
  const tell = () => {
    const is_refused = model.link.value.phase === "refused";
    const may_change = model.status.value?.may_change ?? true;
    form.hidden = !is_refused && may_change;
    const reason = model.client.has_token() ? "The token is not the right one." : "";
    set_text(
      why,
      `${reason} ${is_refused ? "To see anything here" : "To change something here"}, enter the token.`.trim(),
    );
  };
  model.link.watch(tell, lifetime);
  model.status.watch(tell, lifetime);
  return form;
}
