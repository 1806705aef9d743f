/** The page that a run changes while it goes on: events of its server, and wishes sent to it. */
const bar = document.getElementById("live");
if (bar) {
  const at = (name) => document.getElementById(`live-${name}`);
  const say = (words) => at("note").textContent = words;
  const buttons = [...bar.querySelectorAll("button")];
  let over = false, paused = false;

  const events = new EventSource("events");
  events.addEventListener("status", ({ data }) => {
    const { state, words, share, able } = JSON.parse(data);
    bar.dataset.state = state;
    at("state").textContent = state;
    at("words").textContent = words;
    at("progress").value = share;
    paused = state === "paused";
    over = !["running", "paused", "finishing"].includes(state);
    for (const button of buttons) {
      button.hidden = !able;
      button.disabled = over || state === "finishing";
    }
    at("pause").textContent = paused ? "go on" : "pause";
    say("");
  });
  events.addEventListener("section", ({ data }) => {
    const { id, html } = JSON.parse(data), section = document.getElementById(id);
    if (section) section.innerHTML = html;
  });
  events.addEventListener("volume", ({ data }) => {
    const holder = document.createElement("template");
    holder.innerHTML = data;
    viewer?.show(holder.content.firstElementChild);
  });
  events.addEventListener("trouble", ({ data }) => say(data));
  events.addEventListener("end", ({ data }) => {
    over = true;
    events.close();
    for (const button of buttons) button.disabled = true;
    say(data);
  });
  events.onerror = () => {
    if (over && events.readyState === EventSource.CLOSED) return;
    for (const button of buttons) button.disabled = true;
    bar.dataset.state = "lost";
    at("state").textContent = "no connection";
    say(
      `Since ${
        new Date().toLocaleTimeString()
      } nothing answers: the run or what watches it has ended. ` +
        "Below is what it last sent.",
    );
  };

  const wish = async (what) => {
    const answer = await fetch("control", { method: "POST", body: JSON.stringify({ wish: what }) });
    say(answer.ok ? "asked; it is done after this iteration" : await answer.text());
  };
  at("pause").addEventListener("click", () => wish(paused ? "go on" : "pause"));
  at("stop").addEventListener("click", () => {
    if (confirm("Save and end the run? It can be resumed.")) wish("stop");
  });
}
