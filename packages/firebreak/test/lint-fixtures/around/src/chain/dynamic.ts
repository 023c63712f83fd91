export const later = async (): Promise<string> => (await import('../engine.ts')).engine
