export { yaml } from "aistack-runtime";
