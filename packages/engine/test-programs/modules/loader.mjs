export const load = (url, context, next) => next(url, context);
