// Before the first paint: the theme of the surrounding Airflow, or the theme that was last chosen there.
"use strict";
(() => {
  const root = document.documentElement;
  const follow = () => {
    let theme = "";
    try {
      const outer = window.parent !== window ? window.parent.document.documentElement : null;
      theme = outer ? (outer.classList.contains("dark") ? "dark" : "light") : localStorage.getItem("theme") || "";
    } catch {
      theme = "";
    }
    if (theme === "dark" || theme === "light") root.dataset.theme = theme;
    else delete root.dataset.theme;
  };
  follow();
  try {
    if (window.parent !== window) {
      // Within the tab of a DAG, an account's page has its own tabs only.
      if (window.parent.location.pathname.includes("/dags/")) root.dataset.within = "dag";
      new MutationObserver(follow).observe(window.parent.document.documentElement, { attributeFilter: ["class"] });
    }
  } catch {
    // Framed by another site, which the headers forbid.
  }
})();
