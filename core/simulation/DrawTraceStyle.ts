/** How a drawing looks, in light and dark. */
export const traceStyle = `
:root{color-scheme:light dark;--back:#fbfbfa;--panel:#fff;--edge:#e3e2de;--text:#1f2328;--soft:#6b7280;--faint:#b4b8bf;
--band:#f1f3f5;--pick:#dbeafe;--chain:#eef4ff;--hit:#fef3c7;--accent:#2563eb;--bad:#dc2626;--bad-back:#fee2e2;--good:#16a34a;--warn:#d97706;
--c0:#2563eb;--c1:#0d9488;--c2:#c026d3;--c3:#ea580c;--c4:#65a30d;--c5:#7c3aed;--c6:#0891b2;--c7:#be185d;--c8:#a16207;--c9:#4b5563;
--s0:#16a34a;--s1:#94a3b8;--s2:#f59e0b;--s3:#38bdf8;--s4:#a78bfa;--s5:#f472b6;--s6:#2dd4bf;--s7:#fb923c;--s8:#818cf8;--s9:#a3a3a3}
@media (prefers-color-scheme:dark){:root{--back:#15171b;--panel:#1c1f24;--edge:#31353d;--text:#e6e8eb;--soft:#9aa3af;--faint:#565d69;
--band:#20242a;--pick:#1e3a66;--chain:#1b2738;--hit:#453a12;--accent:#60a5fa;--bad:#f87171;--bad-back:#451a1e;--good:#4ade80;--warn:#fbbf24;
--c0:#60a5fa;--c1:#2dd4bf;--c2:#e879f9;--c3:#fb923c;--c4:#a3e635;--c5:#a78bfa;--c6:#22d3ee;--c7:#f472b6;--c8:#eab308;--c9:#9ca3af;
--s0:#22c55e;--s1:#64748b;--s2:#f59e0b;--s3:#0ea5e9;--s4:#8b5cf6;--s5:#ec4899;--s6:#14b8a6;--s7:#f97316;--s8:#6366f1;--s9:#737373}}
*{box-sizing:border-box}
html,body{height:100%;margin:0}
body{display:grid;grid-template:auto minmax(0,1fr)/minmax(0,1fr) 14px 330px;background:var(--back);color:var(--text);
font:13px/1.45 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
header{grid-column:1/-1;background:var(--panel);border-bottom:1px solid var(--edge);padding:10px 16px 8px}
.top{display:flex;align-items:center;gap:14px}
h1{font-size:17px;font-weight:650;margin:0;letter-spacing:-.01em}
.top p{margin:0;color:var(--soft)}
.gap{flex:1}
.chips .gap{flex:none;width:14px}
button,input{font:inherit;color:inherit}
input{width:220px;padding:4px 10px;border:1px solid var(--edge);border-radius:8px;background:var(--back)}
input:focus-visible,button:focus-visible{outline:2px solid var(--accent);outline-offset:1px}
#found{color:var(--soft);min-width:52px;font-variant-numeric:tabular-nums}
.zoom button{width:28px;height:28px;border:1px solid var(--edge);background:var(--back);cursor:pointer;font-size:15px;line-height:1}
.zoom button:first-child{border-radius:8px 0 0 8px;border-right:0}
.zoom button:last-child{border-radius:0 8px 8px 0}
.failure{display:block;width:100%;text-align:left;margin:8px 0 0;padding:6px 12px;border:1px solid var(--bad);border-radius:8px;
background:var(--bad-back);cursor:pointer}
.failure b,#violation b{color:var(--bad);margin-right:6px}
.chips{display:flex;flex-wrap:wrap;gap:5px;margin-top:8px}
.chip{display:inline-flex;align-items:center;gap:5px;padding:1px 9px;border:1px solid var(--edge);border-radius:99px;background:none;
font-size:12px;cursor:pointer}
.chip small,summary small{color:var(--soft);font-size:11px;margin-left:2px}
.chip i:not(.dot){font-style:normal;font-family:ui-monospace,Menlo,Consolas,monospace;color:var(--soft)}
.chip[aria-pressed=false]{opacity:.45;text-decoration:line-through}
.dot{display:inline-block;width:8px;height:8px;border-radius:50%;background:var(--colour);flex:none}
${Array.from({ length: 10 }, (_, at) => `.c${at}{--colour:var(--c${at})}.s${at}{--state:var(--s${at})}`).join("\n")}
main{overflow:auto;position:relative;outline:none}
.heads,.row{display:grid;grid-template-columns:70px var(--diagram) var(--names) 16px minmax(230px,1.3fr) minmax(130px,1fr);align-items:center}
.heads{position:sticky;top:0;z-index:4;height:30px;background:var(--panel);border-bottom:1px solid var(--edge);min-width:max-content}
.lanes{position:relative;height:100%}
.lanes b{position:absolute;overflow:hidden;text-overflow:ellipsis;white-space:nowrap;top:5px;text-align:center;font-weight:650}
.lanes .faults{left:0;font-weight:500;color:var(--soft);font-size:11px;top:7px;padding-left:6px}
.heads .columns{color:var(--soft);font-size:11px}
.heads .columns:nth-of-type(2){grid-column:3/6}
#canvas{position:relative;min-width:max-content}
#rows{position:absolute;inset:0}
.row{position:absolute;left:0;right:0;height:var(--row);cursor:pointer;white-space:nowrap;font-size:12px}
.row:hover,.row.near{background:var(--band)}
.row.hit{background:var(--hit)}
.row.on{background:var(--chain)}
.row.at{background:var(--pick);box-shadow:inset 3px 0 var(--accent)}
.row.gone{display:none}
.time{text-align:right;padding-right:10px;color:var(--soft);font:11px ui-monospace,Menlo,Consolas,monospace;font-variant-numeric:tabular-nums}
.row.same .time{color:transparent}
.row:hover .time,.row.at .time{color:var(--soft)}
.node{font-weight:600;overflow:hidden;text-overflow:ellipsis}
.glyph{color:var(--soft);font-family:ui-monospace,Menlo,Consolas,monospace}
.what{overflow:hidden;text-overflow:ellipsis;padding-right:12px}
.end{color:var(--soft);margin-right:6px}
.what .dot{margin-right:5px}
.number{display:inline-block;min-width:34px;color:var(--faint);margin-right:6px;font-size:11px;font-variant-numeric:tabular-nums}
.status{color:var(--soft);overflow:hidden;text-overflow:ellipsis;padding-right:10px}
.row:is(.fault,.move,.mark,.note) .what{grid-column:5/-1}
.row:is(.fault,.move,.mark,.note) .status{display:none}
.row.crash .label,.row.crash .glyph,.row.drop .glyph{color:var(--bad)}
.row.start .label,.row.start .glyph{color:var(--good)}
.row.fault .label,.row.fault .glyph{color:var(--warn)}
.row.move .label,.row.move .glyph{color:var(--accent)}
.row.mark .label,.row.mark .glyph{color:var(--good)}
.row.input .label,.row.output .label,.row.effect .label,.row.note .label{color:var(--soft)}
.tight .row>:not(.time){visibility:hidden}
.tight .row .time{font-size:9px}
svg{position:absolute;left:70px;top:0;overflow:visible;pointer-events:none}
.dead{stroke:var(--faint);stroke-width:1;stroke-dasharray:1 5}
.bar{pointer-events:all}
.life{fill:var(--soft)}
.state{fill:var(--state)}
.pause{fill:url(#hatch);stroke:var(--soft)}
.hatch-back{fill:var(--panel)}
.hatch-line{fill:var(--soft)}
.lasting{fill:var(--warn);opacity:.45}
svg text{font-size:10.5px;font-weight:600;fill:color-mix(in oklab,var(--state) 62%,var(--text));paint-order:stroke;stroke:var(--back);
stroke-width:4px;stroke-linejoin:round}
.msg{color:var(--colour);cursor:pointer}
.msg line{stroke:currentColor;stroke-width:1.5}
.msg .hit{stroke:transparent;stroke-width:11;pointer-events:stroke}
.msg path{fill:currentColor}
.msg.lost line:not(.hit){stroke-dasharray:5 3;opacity:.75}
.msg.lost path{fill:none;stroke:var(--bad);stroke-width:2}
.msg.under-way line:not(.hit){stroke-dasharray:2 4}
.msg.early line:not(.hit){stroke-dasharray:1 3}
.msg:hover line:not(.hit),.msg.near line:not(.hit){stroke-width:3}
.msg.on line:not(.hit){stroke-width:2.75}
.msg.gone{display:none}
.picked .msg:not(.on){opacity:.13}
.picked .sign:not(.on){opacity:.35}
.sign{fill:var(--soft);stroke:var(--back);stroke-width:1}
.sign.gone{display:none}
.sign.output{fill:var(--back);stroke:var(--soft)}
.sign.effect{fill:var(--text)}
.sign.crash{fill:none;stroke:var(--bad);stroke-width:3}
.sign.start{fill:var(--back);stroke:var(--good);stroke-width:2.5}
.sign.fault{fill:var(--warn)}
.sign.move{fill:var(--accent)}
.sign.mark{fill:var(--good)}
.sign.note{fill:var(--faint)}
#violation{position:absolute;left:0;right:0;z-index:3;padding:5px 14px;border-top:2px solid var(--bad);border-bottom:2px solid var(--bad);
background:var(--bad-back);white-space:nowrap;overflow:hidden;text-overflow:ellipsis}
#strip{position:relative;border-left:1px solid var(--edge);background:var(--panel);cursor:pointer;overflow:hidden}
#strip i{position:absolute;left:2px;right:2px;height:2px;border-radius:1px}
#strip .view{left:0;right:0;background:var(--band);height:auto;border-radius:0}
aside{overflow:auto;border-left:1px solid var(--edge);background:var(--panel);padding:14px 16px}
aside section{margin-bottom:20px}
h2{font-size:12px;font-weight:650;color:var(--soft);margin:0 0 6px;text-transform:uppercase;letter-spacing:.05em}
aside h3{font-size:14px;margin:0 0 6px;overflow-wrap:anywhere}
aside p{margin:0 0 6px;overflow-wrap:anywhere}
aside ol,aside pre{font:11px/1.5 ui-monospace,Menlo,Consolas,monospace;max-height:300px;overflow:auto}
aside ol{padding-left:30px;margin:4px 0}
aside summary{cursor:pointer}
dl{display:grid;grid-template-columns:auto 1fr;gap:2px 12px;margin:0 0 8px}
dt{color:var(--soft);font-family:ui-monospace,Menlo,Consolas,monospace;font-size:12px}
dd{margin:0;overflow-wrap:anywhere}
#details ul{list-style:none;margin:0 0 10px;padding:0}
#details li{padding:2px 8px;border-left:2px solid var(--edge);cursor:pointer;font-size:12px;overflow-wrap:anywhere}
#details li:hover{background:var(--band);border-color:var(--accent)}
#details li small{color:var(--soft);margin-right:6px;font-variant-numeric:tabular-nums}
#tip{position:fixed;z-index:9;display:none;max-width:420px;padding:5px 10px;border-radius:8px;background:var(--text);color:var(--back);
font-size:12px;pointer-events:none;white-space:pre-line;overflow-wrap:anywhere}
@media (max-width:1400px){body{grid-template-columns:minmax(0,1fr) 14px 270px}}
@media (max-width:1100px){body{grid-template:auto minmax(0,1fr) 34%/minmax(0,1fr) 14px}aside{grid-column:1/-1;border-left:0;border-top:1px solid var(--edge)}}
@media print{body{display:block}aside,.chips,#strip,.zoom,input{display:none}main{overflow:visible}}
`
