export { restrictedContainer, restrictedPod } from "aistack-runtime";
