export const engine = 'wires everything'
