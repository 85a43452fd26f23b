// The console's keys and clocks. Everything works without it; nothing here knows what a page holds.
"use strict";

(() => {
  const loaded = performance.now();
  const serverNow = Date.parse(document.documentElement.dataset.now);
  const units = [[60, 1, "s"], [3600, 60, "min"], [86400, 3600, "h"], [7776000, 86400, "d"]];

  // As the server writes it: see `ago` in adapter/web/console/shown.py.
  function since(seconds) {
    const passed = Math.abs(seconds);
    if (passed < 1) return "now";
    const unit = units.find(([below]) => passed < below);
    if (!unit) return null;
    const text = `${Math.floor(passed / unit[1])} ${unit[2]}`;
    return seconds < 0 ? `in ${text}` : `${text} ago`;
  }

  function tick() {
    const now = serverNow + performance.now() - loaded;
    for (const time of document.querySelectorAll("time[data-ago]")) {
      const text = since((now - Date.parse(time.dateTime)) / 1000);
      if (text && text !== time.textContent) time.textContent = text;
    }
  }

  function move(step) {
    const rows = [...document.querySelectorAll("[data-row]")];
    if (!rows.length) return;
    const at = rows.findIndex((row) => row.contains(document.activeElement));
    const next = rows[Math.min(Math.max(at + step, 0), rows.length - 1)];
    const link = next.matches("a, button") ? next : next.querySelector("a, button");
    link.focus();
    next.scrollIntoView({ block: "nearest" });
  }

  const keys = {
    j: () => move(1),
    k: () => move(-1),
    "/": () => document.querySelector("[data-filter]")?.focus(),
    n: () => document.querySelector("[data-older]")?.click(),
  };
  let going = -Infinity;

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, textarea, select, [contenteditable]")) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    if (performance.now() - going < 1000) {
      going = -Infinity;
      document.querySelector(`[data-go="${CSS.escape(event.key)}"]`)?.click();
      return;
    }
    if (event.key === "g") going = performance.now();
    else if (keys[event.key]) {
      event.preventDefault();
      keys[event.key]();
    }
  });

  // A link that opens something beneath it closes it when it is followed again.
  document.addEventListener("htmx:beforeRequest", (event) => {
    const link = event.detail.elt;
    if (!link.matches("[data-expands]")) return;
    if (link.getAttribute("aria-expanded") === "true") {
      event.preventDefault();
      event.detail.target.replaceChildren();
      link.setAttribute("aria-expanded", "false");
    } else link.setAttribute("aria-expanded", "true");
  });

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).innerText);
    button.textContent = "Copied";
  });

  // Listens while the page is looked at: a browser opens only a few connections to one server.
  let source = null;

  function news() {
    const lines = document.querySelector("[data-live]");
    if (lines) htmx.trigger(lines, "news");
  }

  function listen() {
    const wanted = !document.hidden && document.querySelector("[data-live]");
    if (!wanted) {
      source?.close();
      source = null;
    } else if (!source || source.readyState === EventSource.CLOSED) {
      source = new EventSource("/live");
      source.onmessage = news;
      source.onopen = () => told(true);
      source.onerror = () => told(false);
    }
  }

  function told(listening) {
    const light = document.querySelector("[data-listening]");
    if (light) light.dataset.listening = listening;
    if (listening) news();
  }

  document.addEventListener("visibilitychange", listen);
  setInterval(listen, 20000);
  listen();
  setInterval(tick, 5000);
})();
