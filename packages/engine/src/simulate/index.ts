import type { World } from "../answers/world";
import type { PlannedResource, PropertyMap } from "../graph";
export function simulate(_resource: PlannedResource, _world: World): { id?: string; outputs?: PropertyMap } {
  return {};
}
