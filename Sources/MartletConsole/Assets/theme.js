// Light or dark: as the system is, unless the person chose otherwise here. Runs before the page is painted.
const chosen = localStorage.getItem("martlet-theme");
if (chosen) document.documentElement.dataset.bsTheme = chosen;
