/** What the page of a run has beyond a comparison's. */
export const RUN_STYLE = `
:root{--surface:#6f94c4}
@media (prefers-color-scheme:dark){:root{--surface:#86a9d8}}
.state{font-size:17px;margin:4px 0 14px}
.state strong{border:1.5px solid currentColor;border-radius:5px;padding:1px 8px;margin-right:6px}
.top{display:grid;grid-template-columns:minmax(0,5fr) minmax(0,6fr);gap:12px 40px;align-items:start}
.top dl{margin-top:6px}
.viewer{margin:0}
.viewer canvas{display:block;width:100%;max-width:520px;aspect-ratio:1;margin:0 auto;color:var(--surface);background:var(--tint);border-radius:8px;touch-action:pan-y;cursor:grab;outline-offset:2px}
.viewer canvas:active{cursor:grabbing}
.viewer:not(.drawn) canvas{visibility:hidden;height:0}
.viewer img.print{display:block;margin:0 auto;background:var(--tint);border-radius:8px;max-width:100%;height:auto}
.viewer.drawn img.print{display:none}
.viewer:not(.drawn) .controls,.viewer:not(.drawn) .level,.viewer:not(.drawn) .help{display:none}
.viewer p{margin:6px auto;max-width:520px}
.controls{display:flex;flex-wrap:wrap;gap:6px 18px;align-items:center;font-size:15px}
.controls label:first-child{flex:1;display:flex;gap:8px;align-items:center;min-width:200px}
.controls input[type=range]{flex:1;min-width:0;accent-color:var(--c0)}
.level{font-size:14px;font-variant-numeric:tabular-nums}
button{font:inherit;font-size:14px;color:inherit;background:var(--tint);border:1px solid var(--rule);border-radius:6px;padding:3px 12px;cursor:pointer}
button:disabled{opacity:.5;cursor:default}
.checks{list-style:none;padding:0;margin:14px 0;max-width:100ch}
.checks li{border-left:4px double var(--flag);padding:4px 12px;margin:6px 0;background:var(--tint)}
.checks strong{color:var(--flag)}
.name{font-weight:600}
.passed{list-style:none;padding:0;margin:6px 0;font-size:14px}
.passed li{margin:3px 0;padding-left:20px;text-indent:-20px}
.line.faint{opacity:.55}
figure,.top>div{min-width:0}
.plot.small{min-width:420px;max-width:560px}
.bars rect{fill:var(--c0)}
.cells path,.legend rect{fill:var(--c0);stroke:var(--rule);stroke-width:.4}
.grid.over{stroke:var(--soft);stroke-dasharray:1 4}
.over text{paint-order:stroke;stroke:var(--paper);stroke-width:3px;stroke-linejoin:round}
.pair{display:flex;flex-wrap:wrap;gap:8px 28px}
.pair>*{flex:1 1 420px;min-width:0;overflow-x:auto}
.views{display:flex;flex-wrap:wrap;gap:14px 18px;align-items:flex-start}
.view,.slice{margin:0}
.view{width:150px}
.view figcaption,.slice figcaption{font-size:13px;margin-top:4px}
.view img+img{margin-top:4px}
.grey{display:block;border-radius:4px}
.rows{display:flex;flex-direction:column;width:74px;margin:0;font-size:13px;color:var(--soft);line-height:1.25}
.rows span{height:154px;display:flex;align-items:center}
.live{position:sticky;top:0;z-index:1;background:var(--paper);border-bottom:1px solid var(--rule);padding:8px 0 6px;margin:-16px 0 8px}
.live p{margin:2px 0;max-width:none}
.live strong{border:1.5px solid currentColor;border-radius:5px;padding:0 8px;margin-right:6px}
.live[data-state=died] strong,.live[data-state=lost] strong{color:var(--flag)}
.live progress{width:100%;height:10px;accent-color:var(--c0)}
.live button[hidden]{display:none}
@media (max-width:820px){.top{grid-template-columns:1fr}.rows{display:none}}
@media print{
.live{position:static}.live button,.live progress{display:none}
.viewer canvas,.viewer .controls,.viewer .level,.viewer .help{display:none!important}
.viewer img.print{display:block!important;width:210px;height:210px}
.view{width:92px}.view img{width:92px;height:92px}
.rows{width:60px}.rows span{height:96px}
.slice img{width:160px;height:160px}
.plot.small{min-width:0;max-width:260px}
.pair>*{flex:1 1 240px}
.scroll .plot.narrow{max-width:480px}
section{break-inside:auto}
h2+*{break-before:avoid}
}
`;
