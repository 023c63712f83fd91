export const noun = 'noun'
