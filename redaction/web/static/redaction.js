// Ways out of Airflow's frame, and the red flag's dialog: preview, redact, progress. All text goes in as text.
"use strict";
(() => {
  // The frame may not navigate the page around it, but that page may: the click is made there.
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[target=_top]");
    if (!link || window.parent === window) return;
    event.preventDefault();
    const outside = window.parent.document.createElement("a");
    outside.href = link.href;
    window.parent.document.body.append(outside);
    outside.click();
    outside.remove();
  });

  const dialog = document.getElementById("redact");
  if (!dialog) return;
  const form = dialog.querySelector("form");
  const field = (name) => form.elements.namedItem(name);
  const part = (name) => dialog.querySelector(`[data-show=${name}]`);
  const button = dialog.querySelector("[data-do=redact]");
  const base = dialog.dataset.base;
  let running = false;
  let asked = 0;

  const line = (parent, text) => {
    const made = document.createElement("p");
    made.textContent = text;
    parent.append(made);
    return made;
  };

  const ask = async (address, options = {}) => {
    let answer;
    try {
      answer = await fetch(address, { ...options, headers: { Accept: "application/json" }, credentials: "same-origin" });
    } catch {
      throw new Error("Airflow does not answer. Try again.");
    }
    const told = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new Error(told.error || `Refused with ${answer.status}.`);
    return told;
  };

  const say = (told) => {
    const place = part("preview");
    place.replaceChildren();
    if (!told.activities) {
      line(place, "Nothing would be redacted.");
    } else {
      const span = told.activities === 1 ? `of ${told.first}` : `from ${told.first} to ${told.last}`;
      const what = told.activities === 1 ? "1 activity" : `${told.activities} activities`;
      line(place, `${what} (${told.kinds.join(", ")}) ${span}; objects: ${told.objects}.`);
    }
    if (told.held) line(place, `${told.held} are kept by a legal hold and stay.`);
    if (told.already_redacted) line(place, `${told.already_redacted} are redacted already.`);
    if (told.names > 1) line(place, `Their callers have ${told.names} different names: they may share a number.`);
    // Those that lose something first.
    for (const row of [...told.reports].sort((one, other) => other.loses - one.loses).slice(0, 5)) {
      const what = row.loses ? "not counted any more" : "counted as redacted";
      line(place, `Report ${row.report.replaceAll("_", " ")}, ${row.day}: ${row.after - row.before} ${what}.`);
    }
  };

  const preview = async () => {
    const number = ++asked;
    button.disabled = true;
    part("problem").textContent = "";
    part("preview").replaceChildren();
    const wanted = new URLSearchParams({
      activity: field("activity").value,
      content: field("content").checked,
      past: field("past").checked,
    });
    try {
      const told = await ask(`${base}/preview?${wanted}`);
      if (number !== asked) return;
      field("digest").value = told.digest;
      say(told);
      button.disabled = !told.activities;
    } catch (error) {
      if (number === asked) part("problem").textContent = error.message;
    }
  };

  const follow = async (id) => {
    const place = part("progress");
    for (;;) {
      const told = await ask(`${base}/progress?${new URLSearchParams({ dag_run_id: id })}`);
      place.replaceChildren();
      line(place, `Airflow: ${told.state}. Redaction: ${told.redaction || "not begun"}.`);
      if (told.state === "success" || told.state === "failed") {
        const link = document.createElement("a");
        link.textContent = told.run_id ? `Run ${told.run_id}${told.certificate ? " and its certificate" : ""}` : "The DAG run";
        link.href = told.run_id ? `${dialog.dataset.runs}/${told.run_id}` : told.link;
        if (!told.run_id) link.target = "_top";
        place.append(link);
        if (told.state === "failed") throw new Error("It was refused or has failed; its DAG run says why.");
        return;
      }
      await new Promise((done) => setTimeout(done, 1000));
    }
  };

  for (const flag of document.querySelectorAll("button.flag")) {
    flag.addEventListener("click", () => {
      form.reset();
      field("activity").value = flag.dataset.activity;
      part("activity").textContent = flag.dataset.activity;
      part("progress").replaceChildren();
      dialog.showModal();
      preview();
    });
  }
  field("content").addEventListener("change", preview);
  field("past").addEventListener("change", preview);
  dialog.querySelector("[data-do=close]").addEventListener("click", () => dialog.close());
  // By the button or by Esc: what was redacted is shown as it is now.
  dialog.addEventListener("close", () => {
    if (running) window.location.reload();
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    button.disabled = true;
    part("problem").textContent = "";
    try {
      const told = await ask(base, { method: "POST", body: new FormData(form) });
      running = true;
      await follow(told.dag_run_id);
    } catch (error) {
      part("problem").textContent = error.message;
      // Nothing was begun: the request can be mended and sent again.
      button.disabled = running;
    }
  });
})();
