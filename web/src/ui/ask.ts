// A button that asks before it acts, in its own place: nothing else is covered or stopped, and the question goes away
// by itself, by Escape, or when focus goes elsewhere.
import { h } from "./dom";

const patience_ms = 8_000;

/** Replaces `button` by "question [yes] [Keep]" until it is answered. */
export function ask(button: HTMLButtonElement, question: string, yes: string, act: () => void): void {
  const confirm = h("button", { class: "button danger", type: "button", click: () => end(act) }, yes);
  const keep = h("button", { class: "button", type: "button", click: () => end() }, "Cancel");
  const box = h(
    "span",
    { class: "ask", role: "group", "aria-label": question },
    h("span", {}, question),
    confirm,
    keep,
  );
  const timer = setTimeout(() => end(), patience_ms);
  box.addEventListener("keydown", (event) => {
    if (event.key === "Escape") end();
  });
  box.addEventListener("focusout", (event) => {
    if (event.relatedTarget instanceof Node && !box.contains(event.relatedTarget)) end();
  });
  let is_over = false;
  function end(deed?: () => void): void {
    if (is_over) return;
    is_over = true;
    clearTimeout(timer);
    const had_focus = box.contains(document.activeElement);
    button.hidden = false;
    box.remove();
    if (had_focus) button.focus();
    deed?.();
  }
  button.hidden = true;
  button.after(box);
  confirm.focus();
}
