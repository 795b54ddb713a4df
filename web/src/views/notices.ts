// What came of an order, for a few seconds, in a corner; refusals stay until they are put away.
import type { Model } from "../state/model";
import { h } from "../ui/dom";
import { icon } from "../ui/icon";

const shown_ms = 5_000;
const notices_max = 4;

export function notices(model: Model, lifetime: AbortSignal): HTMLElement {
  const list = h("div", { class: "notices", role: "log", "aria-label": "Notices" });
  model.notice.watch((notice) => {
    if (notice === null) return;
    const close = h("button", { class: "button bare", type: "button", "aria-label": "Close" }, icon("cross"));
    const card = h("div", { class: "notice", "data-tone": notice.tone }, h("p", {}, notice.text), close);
    close.addEventListener("click", () => card.remove());
    if (notice.tone === "good") setTimeout(() => card.remove(), shown_ms);
    list.append(card);
    while (list.childElementCount > notices_max) list.firstElementChild?.remove();
  }, lifetime);
  return list;
}
