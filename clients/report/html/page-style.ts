/**
 * The style of every report page: one sheet, inlined. Quiet paper in light, slate in dark, ink on paper when printed.
 */
export const pageStyle = `
:root{color-scheme:light dark;--paper:#fcfcfa;--card:#fff;--ink:#1b1f24;--soft:#5a626c;--rule:#dcdfe3;--faint:#eceef0;--pass:#00704f;--fail:#b3361e;--invalid:#8a5a00;
--c1:#0068a8;--c2:#d1570a;--c3:#00855f;--c4:#b0588f;--c5:#b98600;--c6:#3f9bd1;--quiet:#8b939c}
@media (prefers-color-scheme:dark){:root{--paper:#14171b;--card:#1a1e23;--ink:#e4e7ea;--soft:#9aa3ad;--rule:#343a42;--faint:#262b31;--pass:#3fc59a;--fail:#ff8468;--invalid:#e5b04c;
--c1:#5ab0ec;--c2:#f58b4a;--c3:#37c493;--c4:#dd92c0;--c5:#e2b93b;--c6:#9ad3f5;--quiet:#7d8690}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
.page{max-width:1120px;margin:0 auto;padding:28px 24px 56px}
h1{font-size:22px;line-height:1.25;margin:0;font-weight:600;letter-spacing:-.01em}
h2{font-size:16px;margin:0 0 12px;font-weight:600;letter-spacing:-.005em}
h3{font-size:14px;margin:0;font-weight:600}
p{margin:0}
.lead{color:var(--soft);margin-top:4px}
section{margin-top:30px;padding-top:14px;border-top:1px solid var(--rule)}
section>h2+*{margin-top:0}
section>*+*,section>*+.facts{margin-top:18px}
.note{color:var(--soft);font-size:13.5px;max-width:80ch}
.verdict{margin-top:18px;padding:14px 18px;border-left:5px solid var(--tone);background:var(--card);border-radius:0 3px 3px 0;box-shadow:0 0 0 1px var(--rule)}
.verdict strong{display:block;color:var(--tone);font-size:19px;letter-spacing:.04em;line-height:1.3}
.verdict ul{margin:6px 0 0;padding:0 0 0 18px}
.verdict code{color:var(--soft);font-size:12.5px}
.is-pass{--tone:var(--pass)}.is-fail{--tone:var(--fail)}.is-invalid{--tone:var(--invalid)}.is-none{--tone:var(--soft)}
.word{color:var(--tone);font-weight:600}
.keys{display:grid;grid-template-columns:repeat(4,minmax(0,1fr));background:var(--card);border:1px solid var(--rule);border-radius:3px;overflow:hidden;margin-top:18px}
.keys div{box-shadow:0 0 0 .5px var(--rule);padding:10px 14px 11px}
.keys dt{color:var(--soft);font-size:12.5px}
.keys dd{margin:1px 0 0;font-size:20px;line-height:1.25;font-weight:600;letter-spacing:-.01em}
.keys dd.absent{font-size:14px;font-weight:400;color:var(--soft);line-height:25px}
.keys small{display:block;font-size:12px;color:var(--soft);font-weight:400;letter-spacing:0;line-height:1.35;margin-top:2px}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,460px),1fr));gap:26px 34px}
.charts>.wide{grid-column:1/-1}
.chart{margin:0;break-inside:avoid;min-width:0}
.unit{font-weight:400;color:var(--soft)}
.unit::before{content:"· "}
.describe{font-size:12.5px;line-height:1.4;color:var(--soft);margin-top:1px}
.legend{list-style:none;margin:6px 0 0;padding:0;display:flex;flex-wrap:wrap;gap:1px 16px;font-size:12.5px}
.legend li{display:flex;align-items:center;gap:6px}
.swatch{display:inline-block;width:18px;height:0;border-top:2.5px solid var(--tone);flex:none}
.swatch.dash{border-top-style:dashed}
.swatch.bars{height:10px;width:10px;border:0;background:var(--tone)}
.swatch.band{height:10px;border:0;background:var(--tone);opacity:.25}
.swatch.dot{height:9px;width:9px;border:0;background:var(--tone);border-radius:50%}
.swatch.square{border-radius:0}
.swatch.hollow{background:none;border:2px solid var(--tone)}
.empty{color:var(--soft);font-size:13.5px;padding:26px 0;border-top:1px solid var(--faint);border-bottom:1px solid var(--faint);margin-top:10px}
.plot{display:grid;grid-template-columns:auto minmax(0,1fr);margin-top:20px;font-size:11.5px;color:var(--soft);line-height:1}
.axis-y{position:relative;width:50px}
.axis-y span{position:absolute;right:8px;transform:translateY(50%);white-space:nowrap}
.canvas{position:relative;height:200px;margin-right:10px}
.tall .canvas{height:260px}
.canvas svg{position:absolute;inset:0;width:100%;height:100%;overflow:visible}
.axis-x{grid-column:2;position:relative;height:22px;margin-right:10px}
.axis-x span{position:absolute;top:8px;transform:translateX(-50%);white-space:nowrap}
.axis-x .last{transform:translateX(-100%)}
.axis-title{grid-column:2;text-align:center;padding-top:3px}
.mark{position:absolute;top:-14px;padding:0 4px;font-size:11px;white-space:nowrap}
.limit-mark{top:auto;right:0;transform:translateY(-2px);color:var(--fail)}
svg path{fill:none;vector-effect:non-scaling-stroke}
svg .grid{stroke:var(--faint);stroke-width:1}
svg .axis{stroke:var(--quiet);stroke-width:1}
svg .vertical{stroke:var(--quiet);stroke-width:1;stroke-dasharray:2 3}
svg .limit{stroke:var(--fail);stroke-width:1.25;stroke-dasharray:6 4}
svg .line{stroke:var(--tone);stroke-width:1.75;stroke-linejoin:round;stroke-linecap:round}
svg .dashed{stroke-dasharray:5 4}
svg .dots{stroke:var(--tone);stroke-width:8;stroke-linecap:round}
svg .small{stroke-width:5}
svg .square{stroke-linecap:square;stroke-width:7}
svg .hole{stroke:var(--card);stroke-width:4}
svg .band{fill:var(--tone);opacity:.18}
svg .bars{fill:var(--tone)}
.tone-1{--tone:var(--c1)}.tone-2{--tone:var(--c2)}.tone-3{--tone:var(--c3)}.tone-4{--tone:var(--c4)}.tone-5{--tone:var(--c5)}.tone-6{--tone:var(--c6)}.tone-quiet{--tone:var(--quiet)}.tone-bad{--tone:var(--fail)}
.flame{width:100%;min-width:720px;height:auto;display:block;margin-top:10px}
.flame rect{fill:var(--tone);opacity:.55}.flame text{font-size:11px;fill:var(--ink);pointer-events:none}
.scroll{overflow-x:auto}
table{border-collapse:collapse;font-size:14px;line-height:1.4;min-width:min(100%,420px)}
caption{text-align:left;color:var(--soft);font-size:12.5px;padding-bottom:4px}
th,td{overflow-wrap:break-word;text-align:left;padding:4px 20px 4px 0;border-bottom:1px solid var(--faint);vertical-align:top;font-weight:400}
thead th{color:var(--soft);font-size:12.5px;border-bottom-color:var(--rule);white-space:nowrap}
th.number,td.number{text-align:right;white-space:nowrap}
th:last-child,td:last-child{padding-right:0}
tbody th{white-space:nowrap;position:sticky;left:0;background:var(--paper)}
tr.sub th{padding-left:18px;color:var(--soft)}
td.best{font-weight:600}
.absent{color:var(--soft)}
.meaning{color:var(--soft);font-size:13px}
.facts{margin:0;display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,440px),1fr));gap:4px 34px;font-size:14px}
.facts div{display:grid;grid-template-columns:118px minmax(0,1fr);gap:12px;border-bottom:1px solid var(--faint);padding:3px 0}
.facts dt{color:var(--soft)}.facts dd{margin:0}
.bar-chart{break-inside:avoid;min-width:0}
.bar-row{display:grid;grid-template-columns:minmax(64px,22%) minmax(0,1fr) 92px;gap:10px;align-items:center;font-size:13px;padding:2px 0}
.bar-track{height:14px;background:var(--faint)}
.bar-fill{display:block;height:100%;min-width:2px;background:var(--tone)}
.bar-row .value.absent{font-size:12px}
.bar-row .value{text-align:right;white-space:nowrap}
pre{margin:0;padding:12px 14px;background:var(--card);border:1px solid var(--rule);border-radius:3px;overflow-x:auto;font:12.5px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;white-space:pre-wrap}
code{font:.92em ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
footer{margin-top:36px;color:var(--soft);font-size:12.5px}
@media (max-width:820px){.keys{grid-template-columns:repeat(3,minmax(0,1fr))}}
@media (max-width:560px){.page{padding:18px 14px 40px}.keys{grid-template-columns:1fr 1fr}.axis-x .odd{display:none}.axis-y{width:48px}th,td{padding-right:14px}.canvas{height:180px}.meaning{display:block;min-width:220px}}
@media print{:root{color-scheme:light;--paper:#fff;--card:#fff;--ink:#000;--soft:#444;--rule:#bbb;--faint:#ddd;--pass:#00704f;--fail:#b3361e;--invalid:#8a5a00;--c1:#0068a8;--c2:#d1570a;--c3:#00855f;--c4:#b0588f;--c5:#b98600;--c6:#3f9bd1;--quiet:#777}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}body{font-size:10.5pt}.page{max-width:none;padding:0}section{margin-top:18pt}tr,.verdict,.keys{break-inside:avoid}h2{break-after:avoid}.charts{grid-template-columns:1fr 1fr}.keys{grid-template-columns:repeat(4,minmax(0,1fr))}tbody th{position:static}.scroll{overflow:visible}}
`;
