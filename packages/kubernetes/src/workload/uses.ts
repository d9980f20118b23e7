export { checkUses, credentialsHash, type Uses, usesOf } from "aistack-runtime";
