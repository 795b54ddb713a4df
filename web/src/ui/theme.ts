// Light or dark: as the system has it, until somebody chooses.
import { Cell } from "../state/cell";

export type Theme = "light" | "dark";

const system = matchMedia("(prefers-color-scheme: dark)");

function chosen(): Theme | null {
  const stored = localStorage.getItem("theme");
  return stored === "light" || stored === "dark" ? stored : null;
}

export const theme = new Cell<Theme>(chosen() ?? (system.matches ? "dark" : "light"));

export function follow_theme(lifetime: AbortSignal): void {
  theme.watch((value) => (document.documentElement.dataset["theme"] = value), lifetime);
  system.addEventListener("change", () => theme.set(chosen() ?? (system.matches ? "dark" : "light")), {
    signal: lifetime,
  });
}

export function toggle_theme(): void {
  const other = theme.value === "dark" ? "light" : "dark";
  localStorage.setItem("theme", other);
  theme.set(other);
}

/** A colour of the style sheet, for canvases. */
export function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}
