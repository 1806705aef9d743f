import { COLOURS } from "./palette.ts";

const colours = (list: readonly string[]) => list.map((c, i) => `--c${i}:${c};`).join("");
const LIGHT =
  `--ink:#1c1c1c;--soft:#5a5a5a;--rule:#c9c9c9;--grid:#e9e9e9;--paper:#fff;--flag:#a33a00;--tint:#f5f5f3;${
    colours(COLOURS.light)
  }`;
const DARK =
  `--ink:#ececec;--soft:#a8a8a8;--rule:#505050;--grid:#2c2c2c;--paper:#161616;--flag:#ff9a5c;--tint:#212121;${
    colours(COLOURS.dark)
  }`;

/** The style sheet of a report: light, dark where that is preferred, and light again on paper. */
export const STYLE = `
:root{color-scheme:light dark;${LIGHT}}
@media (prefers-color-scheme:dark){:root{${DARK}}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:1180px;padding:24px 28px 64px;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
h1{font-size:30px;line-height:1.2;margin:8px 0 4px}
h2{font-size:21px;margin:44px 0 6px}
h3{font-size:17px;margin:24px 0 4px}
h4{font-size:14px;margin:0 0 2px;width:100%;overflow-wrap:anywhere}
p{max-width:78ch;margin:8px 0}
small{color:var(--soft);font-size:85%}
code{font-size:13px;overflow-wrap:anywhere}
dl{display:grid;grid-template-columns:max-content 1fr;gap:2px 18px;margin:16px 0}
dt{color:var(--soft)}
dd{margin:0;overflow-wrap:anywhere}
figure{margin:12px 0}
figcaption{color:var(--soft);font-size:14px;max-width:100ch}
.wide{overflow-x:auto;margin:16px 0}
table{border-collapse:collapse;font-size:14px;font-variant-numeric:tabular-nums;min-width:60%}
caption{text-align:left;font-weight:600;font-size:15px;padding:4px 0 6px}
th,td{padding:5px 12px 5px 0;border-bottom:1px solid var(--grid);text-align:right;vertical-align:top;white-space:nowrap}
thead th{font-weight:500;color:var(--soft);border-bottom:1px solid var(--rule);white-space:normal;vertical-align:bottom}
th:first-child,td.text{text-align:left}
td.text{white-space:normal;min-width:240px}
.words th,.words td{text-align:left}
tbody th{font-weight:600}
.none{color:var(--soft)}
.flag{color:var(--flag);font-weight:600;white-space:normal}
div.flag{white-space:nowrap}
.tried{white-space:nowrap;margin-right:10px;display:inline-block}
.chosen{font-weight:700;text-decoration:underline}
.key{vertical-align:-1px;margin-right:8px}
.scroll{overflow-x:auto}
.plot{display:block;width:100%;min-width:820px;height:auto;font-size:12.5px}
.plot.narrow{max-width:760px;min-width:560px}
.plot text{fill:var(--ink)}
.plot .axes text{fill:var(--soft)}
.plot .axes .label{fill:var(--ink);font-size:13px}
.plot .axes .title{fill:var(--ink);font-weight:600;font-size:13px}
.grid{stroke:var(--grid);fill:none}
.tick,.frame{stroke:var(--rule);fill:none}
.line{stroke-linejoin:round;stroke-linecap:butt}
.band{opacity:.16}
.leader{fill:none;stroke-width:1;opacity:.6}
.truth{stroke:var(--ink);fill:none;stroke-width:1.2;stroke-dasharray:1 3}
.zoom{fill:none;stroke:var(--soft);stroke-width:1;stroke-dasharray:3 3}
.choice{display:flex;flex-wrap:wrap;gap:4px 18px;align-items:baseline;margin:10px 0;border:0;padding:0;font-size:15px}
.choice>label{cursor:pointer}
.choice>.panel{display:none;order:1;width:100%}
.choice>input{margin:0 -12px 0 0}
.choice>input:checked+label{font-weight:600}
.choice>input:checked+label+.panel{display:block}
.gallery{display:flex;flex-wrap:wrap;gap:14px 34px;margin:14px 0}
.maps{display:flex;flex-wrap:wrap;align-content:flex-start;gap:4px;width:calc(172px*var(--n) - 4px);max-width:100%;break-inside:avoid}
.map{margin:0;text-align:center}
.map img,.map .gap{width:168px;height:168px;display:block;background:var(--tint);border-radius:6px}
.map .gap{display:flex;align-items:center;justify-content:center;padding:12px}
.map figcaption{font-size:13px}
.gap{color:var(--flag);border:1px dashed var(--flag);border-radius:6px;padding:8px 14px;font-size:14px}
.gaps li{overflow-wrap:anywhere}
@media (max-width:700px){body{padding:14px 14px 48px}dl{grid-template-columns:1fr}dd{margin-bottom:6px}}
@media print{
:root{color-scheme:light;${LIGHT}}
body{max-width:none;padding:0;font-size:10.5pt}
.plot,.plot.narrow{min-width:0}
.wide,.scroll{overflow:visible}
table{font-size:8.5pt}
th,td{padding-right:8px}
td.text{min-width:0}
figure,tr,.maps{break-inside:avoid}
h2,h3,caption{break-after:avoid}
.choice>input{display:none}
.choice>label,.choice>span{display:none}
.map img,.map .gap{width:110px;height:110px}
.maps{width:calc(114px*var(--n) - 4px)}
.gallery{gap:10px 20px}
}
`;
