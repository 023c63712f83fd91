import { runDrill } from './src/drill/run.ts'
const [folder, variant, seed] = process.argv.slice(2)
const t0 = performance.now()
const at = () => ((performance.now()-t0)/1000).toFixed(2)
const inputs: Record<string, number> = {}
const report = await runDrill({ folder: folder!, variant: variant as any, seed: Number(seed), tell: (e:any) => { if (e.kind==='trouble') console.log(at(), 'trouble', e.what); else if (e.kind==='block') console.log(at(), 'block', e.block.number, e.block.txs.filter((x:any)=>x.role!=='other').map((x:any)=>x.role+(x.ok?'+':'-')).join(' '), 'of', e.block.txs.length, 'lost', e.block.lost/10n**18n, e.watched); else if (e.kind==='engine') { inputs[e.input.kind]=(inputs[e.input.kind]??0)+1; for (const f of e.effects) if (f.kind==='record') for (const n of f.entries) { if (n.kind==='decision') console.log(at(), 'decision', (n.body as any).verdict, (n.body as any).brakes.join(), (n.body as any).proof, (n.body as any).why) ; if (n.kind==='signal') console.log(at(),'signal',(n.body as any).watch,(n.body as any).summary.slice(0,90)) } ; if (e.input.kind==='desire') console.log(at(),'desire',e.input.news.kind)} else console.log(at(), e.kind, e.name ?? '', e.hidden ?? '', e.why ?? '') } })
console.log(at(), JSON.stringify({ ...report.result, decision: {...report.result.decision, candidates: report.result.decision.candidates.map(c=>`${c.brakes.join('+')}:${c.residualUsd}`)} }, null, 1))
console.log(report.wrong, inputs)
