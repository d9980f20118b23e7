const size: number = "large";
export const value = size;
