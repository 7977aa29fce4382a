// The red flag's dialog: preview, redact, steps. The server's answer is inserted as text.
"use strict";
(() => {
  const dialog = document.getElementById("redact");
  const form = dialog.querySelector("form");
  const fields = form.querySelector("fieldset");
  const field = (name) => form.elements.namedItem(name);
  const part = (name) => dialog.querySelector(`[data-show=${name}]`);
  const button = dialog.querySelector("[data-do=redact]");
  const close = dialog.querySelector("[data-do=close]");
  const base = dialog.dataset.base;
  let ids = [];
  let begun = false;
  let asked = 0;

  const add = (parent, name, text, more = {}) => {
    const made = Object.assign(document.createElement(name), more);
    made.textContent = text;
    parent.append(made, " ");
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
    if (!answer.ok) throw Object.assign(new Error(told.error || `Refused with ${answer.status}.`), told);
    return told;
  };

  const complain = (error) => {
    const ofReason = error?.field === "reason";
    part("reason").textContent = ofReason ? error.message : "";
    part("problem").textContent = error && !ofReason ? error.message : "";
    field("reason").setAttribute("aria-invalid", ofReason);
    if (ofReason) field("reason").focus();
  };

  const preview = async () => {
    const number = ++asked;
    const place = part("preview");
    button.disabled = true;
    complain();
    const wanted = new URLSearchParams({ content: field("content").checked, past: field("past").checked });
    for (const id of ids) wanted.append("activity", id);
    try {
      const told = await ask(`${base}/preview?${wanted}`);
      if (number !== asked) return;
      place.replaceChildren();
      for (const text of told.lines) add(place, "p", text);
      for (const text of told.warnings) add(place, "p", text, { className: "warning" });
      if (told.names.length) {
        const names = add(place, "details", "");
        add(names, "summary", "Show the names");
        for (const name of told.names) add(names, "p", name);
      }
      part("earlier").textContent = told.earlier;
      field("digest").value = told.digest;
      button.textContent = told.act;
      button.disabled = !told.count;
    } catch (error) {
      if (number !== asked) return;
      place.replaceChildren();
      complain(error);
    }
  };

  const follow = async (id) => {
    const place = part("steps");
    for (let shown = ""; ; ) {
      const told = await ask(`${base}/progress?${new URLSearchParams({ dag_run_id: id })}`);
      if (JSON.stringify(told.steps) !== shown) {
        place.replaceChildren();
        for (const step of told.steps) add(place, "li", step.text, { className: step.state });
        shown = JSON.stringify(told.steps);
      }
      if (told.over) {
        part("end").textContent = told.end ? `${told.end} ` : "";
        for (const link of told.links) add(part("end"), "a", link.text, { href: link.href, target: link.out ? "_top" : "" });
        if (told.problem) throw new Error(told.problem);
        return;
      }
      await new Promise((done) => setTimeout(done, 1000));
    }
  };

  const open = (chosen, about) => {
    form.reset();
    ids = chosen;
    part("about").textContent = about;
    part("what").textContent = ids.length > 1 ? "these activities" : "this activity";
    part("whom").textContent = ids.length > 1 ? "these contacts" : "this contact";
    for (const name of ["preview", "earlier", "steps", "end"]) part(name).replaceChildren();
    button.textContent = "Redact";
    dialog.showModal();
    preview();
  };

  for (const flag of document.querySelectorAll("button.flag")) {
    flag.addEventListener("click", () => open([flag.dataset.activity], flag.dataset.about));
  }
  const several = document.querySelector("[data-do=several]");
  const chosen = () => [...document.querySelectorAll("input[name=chosen]:checked")].map((box) => box.value);
  const count = () => {
    const number = chosen().length;
    several.disabled = !number;
    several.textContent = number ? `Redact ${number} chosen…` : "Redact chosen…";
  };
  if (several) {
    for (const box of document.querySelectorAll("input[name=chosen]")) box.addEventListener("change", count);
    several.addEventListener("click", () => open(chosen(), several.textContent.replace(/Redact (.*)…/, "$1")));
    count();
  }
  field("content").addEventListener("change", preview);
  field("past").addEventListener("change", preview);
  close.addEventListener("click", () => dialog.close());
  // By the button or by Esc: what was redacted is shown as it is now.
  dialog.addEventListener("close", () => {
    if (begun) window.location.reload();
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const body = new FormData(form);
    for (const id of ids) body.append("activity", id);
    complain();
    fields.disabled = button.disabled = true;
    try {
      const told = await ask(base, { method: "POST", body });
      begun = true;
      close.textContent = "Close";
      await follow(told.dag_run_id);
    } catch (error) {
      // Nothing was begun: the request can be mended and sent again.
      fields.disabled = button.disabled = begun;
      complain(error);
    }
  });
})();
