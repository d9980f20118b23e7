/** Days that an older version is kept: long enough to notice a bad model, short enough to be cheap. */
export const oldVersionDays = 30;

/** A hundred years, which is as good as for ever. */
export const mostDays = 36500;
