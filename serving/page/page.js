// The page: sends an article to /v1/classify-article and shows what comes back.
// All text enters the document through textContent, so nothing that was pasted can become markup.
"use strict";

const WORDS = {
  ar: {
    name: "محور",
    tagline: "ما الموضوعات الأمنية في كل فقرة من الخبر؟",
    other: "English",
    label: "نص المقال",
    format: "الصيغة",
    plain: "نص",
    placeholder: "الصق هنا مقالا كما نسخته من الصفحة، بقوائمها وتعليقاتها إن شئت",
    key: "مفتاح الدخول",
    submit: "صنّف المقال",
    example: "جرّب مثالا",
    privacy: "لا يُحفظ النص ولا يُسجَّل.",
    summary: "موضوعات المقال",
    hint: "اختر موضوعا لترى الكلمات التي دلّت عليه.",
    api: "واجهة البرمجة",
    working: "جارٍ التصنيف…",
    done: "انتهى التصنيف.",
    nothing: "الصق نصا أولا.",
    noThemes: "لا موضوع أمنيا في متن هذا المقال.",
    noParagraphs: "لم نجد في ما أرسلته مقالا.",
    boilerplate: "من الصفحة لا من المقال",
    uncertain: "غير مؤكد: الاحتمال قريب من الحد.",
    perhaps: "ربما:",
    facts: (n, seconds) => `الفقرات: ${n} · المدة: ${seconds} ث`,
    warnings: {
      windowed: "فقرة طويلة قُرئت على أجزاء.",
      not_arabic: "أغلب الفقرة ليس بالعربية، فلا يُعوَّل على نتيجتها.",
      suspicious_spelling: "في الفقرة كلمات كُتبت على نحو غريب، فلا يُعوَّل على نتيجتها.",
      empty: "لا كلمات في الفقرة.",
    },
    itemErrors: {
      too_long: "الفقرة أطول مما نقرأ. قسّمها إلى فقرات.",
      unpaired_surrogate: "في الفقرة حرف مقطوع.",
      not_classifiable: "تعذّر تصنيف هذه الفقرة.",
    },
    problems: {
      network: "تعذّر الوصول إلى الخدمة. تحقق من الاتصال ثم أعد المحاولة.",
      401: "الخدمة محمية. اكتب مفتاح الدخول ثم أعد المحاولة.",
      413: "المقال أطول مما نقبل. أرسله على أجزاء.",
      422: "تعذّرت قراءة ما أرسلته: نص معطوب أو فقرات أكثر مما نقبل.",
      429: (seconds) => `الخدمة مشغولة الآن. أعد المحاولة بعد ${seconds} ث.`,
      503: (seconds) => `الخدمة على وشك التوقف أو ما زالت تبدأ. أعد المحاولة بعد ${seconds} ث.`,
      504: "استغرق التصنيف وقتا أطول مما ينبغي. أرسل نصا أقصر.",
      other: "حدث خطأ غير متوقع. إن تكرر فأبلغ القائمين على الخدمة برقم الطلب.",
    },
    request: "رقم الطلب:",
  },
  en: {
    name: "Mihwar",
    tagline: "Which security themes is each paragraph of Arabic news about?",
    other: "العربية",
    label: "Article",
    format: "Format",
    plain: "Text",
    placeholder: "Paste an Arabic article as you copied it from a page, menus and comments included if you like",
    key: "Access key",
    submit: "Classify",
    example: "Try an example",
    privacy: "The text is neither kept nor logged.",
    summary: "Themes of the article",
    hint: "Choose a theme to see the words that speak for it.",
    api: "API description",
    working: "Classifying…",
    done: "Done.",
    nothing: "Paste a text first.",
    noThemes: "No security theme in the body of this article.",
    noParagraphs: "There is no article in what you sent.",
    boilerplate: "Of the page, not the article",
    uncertain: "Uncertain: the probability is near the threshold.",
    perhaps: "Perhaps:",
    facts: (n, seconds) => `Paragraphs: ${n} · Time: ${seconds} s`,
    warnings: {
      windowed: "A long paragraph, read in several parts.",
      not_arabic: "Most of this paragraph is not Arabic; do not rely on its result.",
      suspicious_spelling: "Words are oddly spelled here; do not rely on the result.",
      empty: "There are no words in this paragraph.",
    },
    itemErrors: {
      too_long: "The paragraph is too long. Split it.",
      unpaired_surrogate: "A character of this paragraph was cut in half.",
      not_classifiable: "This paragraph could not be classified.",
    },
    problems: {
      network: "The service cannot be reached. Check the connection and try again.",
      401: "The service is protected. Enter an access key and try again.",
      413: "The article is too long. Send it in parts.",
      422: "What you sent cannot be read: a damaged text, or too many paragraphs.",
      429: (seconds) => `The service is busy. Try again in ${seconds} s.`,
      503: (seconds) => `The service is stopping or still starting. Try again in ${seconds} s.`,
      504: "This took too long. Send a shorter text.",
      other: "Something went wrong. If it happens again, tell the operator the request id.",
    },
    request: "Request:",
  },
};

const EXAMPLE = `الرئيسية | أخبار | رياضة | ثقافة
تفكيك خلية كانت تعد لهجمات بتعاون مع بلدين جارين
نشر في: 12 مارس - 09:40

أعلنت المصالح الأمنية، صباح اليوم، أنها فككت خلية من خمسة أشخاص كانت تعد لاستهداف منشآت عمومية، وحجزت في شقة بضواحي العاصمة أسلحة بيضاء ومواد تدخل في صنع المتفجرات.

وأوضح بلاغ للنيابة العامة أن الموقوفين سيحالون على قاضي التحقيق المكلف بقضايا الإرهاب فور انتهاء مدة الحراسة النظرية.

وجاءت العملية ثمرة تبادل للمعلومات مع جهازي الأمن في بلدين جارين، ضمن اتفاق للتعاون وُقع السنة الماضية.

وفي خبر آخر، قال مختص في أمن المعلومات إن حسابات موظفين في شركة للاتصالات تعرضت لاختراق سُربت على إثره بيانات آلاف الزبائن.

وعلى الحدود الجنوبية، أوقفت دورية لحرس الحدود ثلاثة مهربين وضبطت معهم ستين كيلوغراما من المخدرات.

أما المباريات المبرمجة نهاية الأسبوع فستجري في موعدها، حسب بلاغ لمجلس المدينة.

المصدر: وكالات
شارك على فيسبوك
اترك تعليقا
الاسم:
البريد الإلكتروني:
`;

// Words below this part of the strongest word's share are not worth showing.
const WEAK = 0.15;
const CLEAR = 0.4;
const STRONG = 0.75;

const byId = (id) => document.getElementById(id);
const state = { language: "ar", themes: new Map(), answer: null, seconds: 0, problem: null, chosen: null };

function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

const words = () => WORDS[state.language];
const number = (options) => new Intl.NumberFormat(state.language === "ar" ? "ar-u-nu-latn" : "en", options);
// Rounded down: nothing is quite certain.
const percent = (score) => number({ style: "percent" }).format(Math.min(Math.floor(score * 100), 99) / 100);
const themeName = (label) => state.themes.get(label)?.[state.language] ?? label;

// Language

function remembered() {
  try {
    return localStorage.getItem("language");
  } catch {
    return null; // storage is switched off
  }
}

function setLanguage(language) {
  state.language = language;
  try {
    localStorage.setItem("language", language);
  } catch {
    // the choice then lasts as long as the page
  }
  document.documentElement.lang = language;
  document.documentElement.dir = language === "ar" ? "rtl" : "ltr";
  document.title = words().name;
  for (const node of document.querySelectorAll("[data-say]")) node.textContent = words()[node.dataset.say];
  for (const node of document.querySelectorAll("[data-say-placeholder]")) {
    node.placeholder = words()[node.dataset.sayPlaceholder];
  }
  byId("language").textContent = words().other;
  byId("language").lang = language === "ar" ? "en" : "ar";
  byId("status").textContent = "";
  showProblem();
  showAnswer();
}

// Asking

async function ask(path, options) {
  let response;
  try {
    response = await fetch(path, options);
  } catch {
    throw { status: "network" };
  }
  let body = null;
  try {
    body = await response.json();
  } catch {
    // not ours: a proxy's page, say; the status has to do
  }
  if (response.ok && body) return body;
  throw {
    status: response.status,
    seconds: response.headers.get("Retry-After") ?? "5",
    requestId: response.headers.get("X-Request-ID"),
    detail: body?.errors?.[0]?.detail,
  };
}

async function classify(event) {
  event?.preventDefault();
  const text = byId("text").value;
  if (!text.trim()) {
    byId("status").textContent = words().nothing;
    byId("text").focus();
    return;
  }
  const format = document.querySelector("input[name=format]:checked").value;
  const headers = { "Content-Type": "application/json" };
  const key = byId("key").value.trim();
  if (key) headers.Authorization = `Bearer ${key}`;
  busy(true);
  const began = performance.now();
  state.answer = state.problem = state.chosen = null;
  try {
    state.answer = await ask("/v1/classify-article", {
      method: "POST",
      headers,
      body: JSON.stringify({ [format]: text, evidence: true }),
    });
    state.seconds = (performance.now() - began) / 1000;
  } catch (problem) {
    if (problem instanceof Error) console.error(problem);
    state.problem = problem instanceof Error ? { status: "other" } : problem;
  }
  busy(false);
  showProblem();
  showAnswer();
  if (state.answer) {
    byId("status").textContent = words().done;
    byId("result-title").focus({ preventScroll: true });
    byId("result").scrollIntoView({ block: "start" });
  } else if (state.problem.status === 401) {
    byId("key-row").hidden = false;
    byId("key").focus();
  }
}

function busy(isBusy) {
  byId("submit").disabled = isBusy;
  byId("form").setAttribute("aria-busy", String(isBusy));
  byId("status").textContent = isBusy ? words().working : "";
}

// Showing

function showProblem() {
  const place = byId("problem");
  place.replaceChildren();
  place.hidden = !state.problem;
  if (!state.problem) return;
  const { status, seconds, requestId, detail } = state.problem;
  const said = words().problems[status] ?? words().problems.other;
  place.append(element("p", "", typeof said === "function" ? said(seconds) : said));
  if (status === 422 && detail) {
    const exact = element("p", "note", detail);
    exact.dir = "ltr";
    exact.lang = "en";
    place.append(exact);
  }
  if (requestId) {
    const line = element("p", "note", `${words().request} `);
    line.append(element("bdi", "", requestId));
    place.append(line);
  }
}

function showAnswer() {
  byId("result").hidden = !state.answer;
  if (!state.answer) return;
  const { paragraphs, themes } = state.answer;
  byId("themes").replaceChildren(...themes.map(articleTheme));
  if (!themes.length) {
    byId("themes").append(element("li", "note", paragraphs.length ? words().noThemes : words().noParagraphs));
  }
  const seconds = number({ maximumFractionDigits: 1, minimumFractionDigits: 1 }).format(state.seconds);
  byId("facts").textContent = words().facts(number().format(paragraphs.length), seconds);
  byId("article").hidden = !paragraphs.length;
  byId("article").replaceChildren(...paragraphs.map(paragraphView));
  highlight();
}

function articleTheme({ label, score }) {
  const button = element("button", "theme");
  button.type = "button";
  button.dataset.label = label;
  const bar = element("span", "bar");
  bar.style.setProperty("--score", score);
  button.append(element("span", "", themeName(label)), element("span", "score", percent(score)), bar);
  button.addEventListener("click", () => choose(label, null));
  const item = element("li");
  item.append(button);
  return item;
}

function paragraphView(paragraph) {
  const view = element("div", `paragraph ${paragraph.kind}`);
  view.dataset.index = paragraph.index;
  view.dir = "auto";
  const text = element(paragraph.kind === "heading" ? "h3" : "p", "words", paragraph.text);
  text.lang = "ar";
  if (paragraph.kind === "boilerplate") view.title = words().boilerplate;
  view.append(text);
  const isUncertain = (label) => paragraph.uncertain.some((one) => one.label === label);
  if (paragraph.labels.length) {
    const chips = element("div", "chips");
    chips.append(...paragraph.labels.map((given) => chip(paragraph.index, given, isUncertain(given.label))));
    view.append(chips);
  }
  const given = new Set(paragraph.labels.map((one) => one.label));
  const perhaps = paragraph.uncertain.filter((one) => !given.has(one.label));
  if (perhaps.length && paragraph.kind !== "boilerplate") {
    const names = perhaps.map((one) => `${themeName(one.label)} ${percent(one.score)}`);
    const line = element("p", "perhaps", `${words().perhaps} ${names.join(" · ")}`);
    line.title = words().uncertain;
    view.append(line);
  }
  for (const warning of paragraph.warnings) view.append(element("p", "note", words().warnings[warning] ?? warning));
  if (paragraph.error) {
    view.append(element("p", "note", words().itemErrors[paragraph.error.code] ?? words().problems.other));
  }
  return view;
}

function chip(index, { label, score }, isUncertain) {
  const button = element("button", isUncertain ? "chip uncertain" : "chip");
  if (isUncertain) button.title = words().uncertain;
  button.type = "button";
  button.dataset.label = label;
  button.append(element("span", "", themeName(label)), " ", element("span", "score", percent(score)));
  button.addEventListener("click", () => choose(label, index));
  return button;
}

// A theme is chosen in one paragraph (a chip), or in all of them (the summary; index null).
function choose(label, index) {
  const same = state.chosen && state.chosen.label === label && state.chosen.index === index;
  state.chosen = same ? null : { label, index };
  highlight();
  if (state.chosen && index === null) {
    const first = state.answer.themes.find((theme) => theme.label === label).paragraphs[0];
    document.querySelector(`.paragraph[data-index="${first}"]`).scrollIntoView({ block: "nearest" });
  }
}

function highlight() {
  const { chosen } = state;
  for (const button of document.querySelectorAll(".theme")) {
    const pressed = chosen !== null && chosen.index === null && chosen.label === button.dataset.label;
    button.setAttribute("aria-pressed", String(pressed));
  }
  for (const paragraph of state.answer.paragraphs) {
    const view = document.querySelector(`.paragraph[data-index="${paragraph.index}"]`);
    const isMeant = chosen !== null && (chosen.index === null || chosen.index === paragraph.index);
    for (const button of view.querySelectorAll(".chip")) {
      button.setAttribute("aria-pressed", String(isMeant && chosen.label === button.dataset.label));
    }
    const evidence = isMeant && paragraph.evidence.find((one) => one.label === chosen.label);
    view.querySelector(".words").replaceChildren(...marked(paragraph, evidence ? evidence.spans : []));
  }
}

function marked(paragraph, spans) {
  // Offsets count code points, JavaScript's strings UTF-16 units.
  const points = Array.from(paragraph.text);
  const strongest = spans.reduce((most, span) => Math.max(most, span.contribution), 0);
  const nodes = [];
  let position = 0;
  const upTo = (end) => points.slice(position, (position = end)).join("");
  for (const span of spans) {
    const share = strongest > 0 ? span.contribution / strongest : 0;
    if (share < WEAK) continue;
    nodes.push(upTo(span.start - paragraph.start));
    const level = share >= STRONG ? "strong" : share >= CLEAR ? "clear" : "weak";
    nodes.push(element("mark", level, upTo(span.end - paragraph.start)));
  }
  nodes.push(upTo(points.length));
  return nodes;
}

// Start

byId("form").addEventListener("submit", classify);
byId("language").addEventListener("click", () => setLanguage(state.language === "ar" ? "en" : "ar"));
byId("example").addEventListener("click", () => {
  byId("text").value = EXAMPLE;
  document.querySelector("input[name=format][value=text]").checked = true;
  classify();
});
byId("text").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) classify(event);
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && state.chosen) choose(state.chosen.label, state.chosen.index);
});

setLanguage(remembered() === "en" ? "en" : "ar");
ask("/v1/themes")
  .then((answer) => {
    state.themes = new Map(answer.themes.map((theme) => [theme.id, theme.name]));
    byId("model").textContent = `${answer.model.name} ${answer.model.version}`;
    showAnswer();
  })
  .catch((problem) => {
    state.problem = problem;
    showProblem();
  });
