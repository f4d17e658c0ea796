/** The style of a drawn dashboard: Grafana's measures (rows of 30 pixels, 8 between), our own paper and ink. */
export const previewStyle = `
*{box-sizing:border-box}
body{margin:0;padding:12px 14px;background:#f2f3f5;color:#23282e;font:12px/1.35 "DejaVu Sans",Arial,sans-serif}
header{display:flex;gap:20px;align-items:baseline;padding:0 2px 8px}
h1{font-size:17px;margin:0}header p{margin:0;color:#5a636d}header .origin{margin-left:auto;font-style:italic}
main{display:grid;grid-template-columns:repeat(24,minmax(0,1fr));grid-auto-rows:30px;gap:8px}
h2{margin:0;align-self:end;font-size:14px;font-weight:600;border-bottom:1px solid #c9ced4;padding-bottom:3px}
section{background:#fff;border:1px solid #dcdfe3;border-radius:2px;padding:6px 9px 7px;display:flex;flex-direction:column;min-width:0;overflow:hidden}
h3{margin:0 0 4px;font-size:12.5px;font-weight:600;white-space:nowrap;overflow:hidden;text-overflow:ellipsis;flex:none}
.none{margin:auto;color:#8a929b;font-size:14px}
.body{flex:1;min-height:0;display:flex;gap:10px}
.above{flex-direction:column;gap:3px}
.plot{flex:1;min-width:0;min-height:0;display:grid;grid-template-columns:auto minmax(0,1fr) auto;grid-template-rows:minmax(0,1fr) 17px;padding-top:6px}
.canvas{grid-column:2;grid-row:1;position:relative;min-height:0}.canvas svg{position:absolute;inset:0;width:100%;height:100%;overflow:visible}
.axis{position:relative;font-size:10.5px;color:#5a636d;line-height:1}
.axis.left{min-width:62px;grid-column:1;grid-row:1}.axis.left span{position:absolute;right:6px;transform:translateY(50%);white-space:nowrap}
.axis.right{width:48px;grid-column:3;grid-row:1}.axis.right span{position:absolute;left:6px;transform:translateY(50%);white-space:nowrap}
.axis.below{grid-column:2;grid-row:2}.axis.below span{position:absolute;top:5px;transform:translateX(-50%);white-space:nowrap}.axis.below span:last-child{transform:translateX(-85%)}
svg path{fill:none;vector-effect:non-scaling-stroke}
svg .grid{stroke:#e6e8eb}svg .phase{stroke:#3b78c4;stroke-width:1.2;stroke-dasharray:3 3}
svg .line{stroke:var(--tone);stroke-width:1.6;stroke-linejoin:round}svg .dots{stroke:var(--tone);stroke-width:5;stroke-linecap:round}
svg .bars{fill:var(--tone)}
ul.legend{list-style:none;margin:0;padding:0 0 0 6px;display:flex;flex-wrap:wrap;gap:1px 12px;font-size:10.5px;flex:none;max-height:44px;overflow:hidden}
.legend i{display:inline-block;width:12px;height:3px;border-radius:1px;margin-right:5px;vertical-align:middle}
table.legend{align-self:flex-start;font-size:10.5px;border-collapse:collapse;flex:none;max-width:46%}
table.legend th{font-weight:400;text-align:left;padding-right:8px}table.legend td{text-align:right;padding-left:8px;white-space:nowrap;color:#3d454d}
.stat{align-items:center;justify-content:center;flex-wrap:wrap;gap:4px 18px;text-align:center}
.stat b{font-weight:600;line-height:1.1;display:block;white-space:nowrap}.stat small{color:#5a636d;font-size:10px}
.stat.large b{font-size:30px}.stat.medium b{font-size:20px}.stat.small b{font-size:14px}
.bars{flex-direction:column;justify-content:space-evenly;gap:3px}
.bar{display:grid;grid-template-columns:minmax(60px,38%) minmax(0,1fr) auto;gap:8px;align-items:center;min-height:0}
.bar span{white-space:nowrap;overflow:hidden;text-overflow:ellipsis;font-size:11px}.bar div{background:#eceef0;height:16px;max-height:100%}.bar i{display:block;height:100%}
.bar b{font-weight:600;font-size:12px;min-width:62px;text-align:right}
.rows{border-collapse:collapse;width:100%;font-size:12px;align-self:flex-start}.rows th{text-align:left;color:#3b78c4;font-weight:600;border-bottom:1px solid #c9ced4}
.rows td,.rows th{padding:3px 8px 3px 2px;white-space:nowrap}.rows td{border-bottom:1px solid #eceef0}
.states{flex-direction:column;gap:4px;justify-content:center}.state{display:grid;grid-template-columns:230px minmax(0,1fr);gap:8px;align-items:center}
.state b{font-weight:400;font-size:11px;text-align:right;white-space:nowrap;overflow:hidden;text-overflow:ellipsis}.state div{position:relative;height:22px}
.state div span{position:absolute;top:0;bottom:0;color:#fff;font-size:11px;line-height:22px;text-align:center;overflow:hidden}
.state .axis{height:14px}.state .axis span{color:#5a636d;line-height:1;bottom:auto;overflow:visible}
.scale{display:flex;align-items:center;font-size:10.5px;color:#5a636d;padding-left:62px;flex:none}.scale i{width:22px;height:8px}.scale span{padding:0 6px}
`;
