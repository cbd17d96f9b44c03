"use strict";
// Language: the button turns the whole page around; the choice is kept in the address, so that a link keeps it.
const root = document.documentElement;
function speak(language) {
  root.dataset.language = language;
  root.lang = language;
  root.dir = language === "ar" ? "rtl" : "ltr";
}
speak(location.hash === "#ar" ? "ar" : "en");
document.getElementById("language").addEventListener("click", () => {
  const language = root.lang === "ar" ? "en" : "ar";
  history.replaceState(null, "", language === "ar" ? "#ar" : "#");
  speak(language);
});
// Paper cannot be clicked: everything is open while it prints.
let closed = [];
addEventListener("beforeprint", () => {
  closed = [...document.querySelectorAll("details:not([open])")];
  for (const each of closed) each.open = true;
});
addEventListener("afterprint", () => {
  for (const each of closed) each.open = false;
});
