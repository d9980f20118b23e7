import * as pulumi from "@pulumi/pulumi";
import { plan } from "aistack-engine";
import fc from "fast-check";
import {
  Accelerator,
  acceleratorNames,
  auditLogRetention,
  bindingField,
  Checks,
  chartPin,
  cidr,
  controls,
  cronSchedule,
  DataClass,
  dnsLabel,
  environmentPrefix,
  imagePin,
  kubernetesProvider,
  limitedName,
  listOf,
  machineFor,
  machines,
  machinesWith,
  mirroredImage,
  offered,
  offeredAmounts,
  oneOf,
  Platform,
  quantity,
  Regulation,
  regionsOf,
  residencyOf,
  resourceNameOf,
  standardTags,
  wholeNumber,
} from ".";
import accelerators from "./data/accelerators.json";
import charts from "./data/charts.json";
import images from "./data/images.json";

describe("machine catalogue", () => {
  test("every machine's accelerator is in the enum and in the data, and every enum value is on a machine", () => {
    expect(machines).toHaveLength(96);
    const carried = new Set(machines.map((row) => row.accelerator));
    expect([...carried].sort()).toEqual([...acceleratorNames].sort());
    expect(Object.keys(accelerators.accelerators).sort()).toEqual([...acceleratorNames].sort());
  });

  test("a price that no source gives is unknown, never zero", () => {
    for (const row of machines)
      for (const price of [row.onDemandUsdPerHour, row.spotUsdPerHour])
        expect(price === undefined || price > 0).toBe(true);
    const unknown = machines.filter((row) => row.onDemandUsdPerHour === undefined).map((row) => row.type);
    expect(unknown).toContain("p5e.48xlarge");
    expect(unknown).toHaveLength(7);
  });

  test("every price names a source with its date or says that the source has none", () => {
    const sources: { [name: string]: { ref: string } } = accelerators.sources;
    for (const row of accelerators.machines)
      for (const origin of [row.onDemand, row.spot]) if (origin) expect(sources[origin.source]?.ref).toBeTruthy();
  });

  test("the cheapest machine that fits comes first, and none is invented", () => {
    expect(machineFor(Platform.Aws, Accelerator.NvidiaL4, 1)?.type).toBe("g6.xlarge");
    expect(machineFor(Platform.Aws, Accelerator.NvidiaH100, 8)?.type).toBe("p5.48xlarge");
    expect(machineFor(Platform.Aws, Accelerator.NvidiaL4, 3)).toBeUndefined();
    expect(machinesWith(Platform.Aws, Accelerator.GoogleTpuV6e)).toEqual([]);
    const prices = machinesWith(Platform.Gcp, Accelerator.NvidiaL4).map((row) => row.onDemandUsdPerHour ?? Infinity);
    expect(prices).toEqual([...prices].sort((a, b) => a - b));
  });

  test.each([
    [Accelerator.NvidiaB200, "nvidia.com/gpu"],
    [Accelerator.GoogleTpuV7x, "google.com/tpu"],
    [Accelerator.AwsTrainium2, "aws.amazon.com/neuron"],
  ])("pods ask for %s as %s", (accelerator, resource) => expect(resourceNameOf(accelerator)).toBe(resource));
});

describe("compliance", () => {
  test.each([
    [[Regulation.Hipaa], 2192, "45 CFR 164.316(b)(2)(i)"],
    [[Regulation.EuAiAct], 184, "AI Act Art. 19 and 26(6)"],
    [[Regulation.EuAiAct, Regulation.Ccpa], 1827, "CCPA regulations of 2026-01-01"],
  ])("%j asks for audit logs of %i days", (regulations, days, article) => {
    expect(auditLogRetention(regulations)).toMatchObject({ minimumDays: days, article });
  });

  test("the GDPR sets no minimum: keeping longer than needed is the fault", () => {
    expect(auditLogRetention([Regulation.Gdpr])).toBeUndefined();
    expect(auditLogRetention([])).toBeUndefined();
  });

  test("control ids are unique and every regulation has controls, each with its article", () => {
    expect(new Set(controls.map((row) => row.id)).size).toBe(controls.length);
    for (const regulation of Object.values(Regulation))
      expect(controls.filter((row) => row.regulation === regulation).length).toBeGreaterThan(0);
    for (const row of controls) expect(row.article).toMatch(/\d/);
    for (const { id, regulation } of controls) expect(id.startsWith(`${regulation}-`)).toBe(true);
  });

  test("the regions of a cloud are known by name, and those of a place without regions are none", () => {
    expect(regionsOf(Platform.Aws)).toEqual(expect.arrayContaining(["eu-west-1", "us-gov-west-1", "cn-north-1"]));
    expect(regionsOf(Platform.Aws)).not.toContain("europe-west4");
    expect(regionsOf(Platform.Edge)).toEqual([]);
  });
});

describe("input checks", () => {
  const faultsOf = (report: (check: Checks) => void): pulumi.InputPropertyErrorDetails[] => {
    const check = new Checks("aistack-core:index:Thing", "thing");
    report(check);
    try {
      check.done();
      return [];
    } catch (error) {
      expect(error).toBeInstanceOf(pulumi.InputPropertiesError);
      return (error as { errors: pulumi.InputPropertyErrorDetails[] }).errors ?? [];
    }
  };

  test("every fault is reported at once, with path, value and what is allowed", () => {
    const check = new Checks("aistack-core:index:Thing", "thing");
    check.value("days", 0, wholeNumber(1, 365));
    check.value("pools[1].size", "huge", oneOf(["small", "large"]));
    check.value("fine", 3, wholeNumber(1, 5));
    expect(() => check.done()).toThrow(
      'Thing "thing" is refused:\n' +
        "  days is 0, but must be a whole number from 1 to 365\n" +
        '  pools[1].size is "huge", but must be one of small, large',
    );
  });

  test("what is not given passes; arguments that adopting makes void do not", () => {
    expect(faultsOf((check) => check.value("days", undefined, wholeNumber(1, 2)))).toEqual([]);
    expect(() => {
      const check = new Checks("aistack-core:index:Thing", "thing");
      check.unusedWith({ existing: {}, size: 3, other: undefined }, "existing", "size", "other");
      check.done();
    }).toThrow("size has no effect together with `existing`, which creates nothing; leave one of the two out");
  });

  test.each([
    [pulumi.output(0), "days is 0, but must be a whole number from 1 to 365"],
    [Promise.resolve(0), "days is 0, but must"],
    [pulumi.secret(-7), "days is a secret, but must"],
  ])("a value that comes later stops what depends on it, and a secret is not shown", async (input, message) => {
    const failing = plan(() => {
      const days = new Checks("aistack-core:index:Thing", "thing").value("days", input, wholeNumber(1, 365));
      return { days };
    });
    await expect(failing).rejects.toThrow(message);
    await failing.catch((error: Error) => expect(error.message).not.toContain("-7"));
  });

  test("a list with an item that comes later is judged when the item is there", async () => {
    const failing = plan(() => {
      const items = ["10.0.0.0/8", pulumi.output("everywhere")] as pulumi.Input<string[]>;
      return { ranges: new Checks("aistack-core:index:Thing", "thing").value("ranges", items, listOf(cidr)) };
    });
    await expect(failing).rejects.toThrow('item 1 ("everywhere") must be an IPv4 range in CIDR notation');
  });

  test("rules", () => {
    expect(cidr("10.0.0.0/8")).toBeUndefined();
    expect(cidr([[{ toString: false }]] as never)).toMatch(/^must be an IPv4/);
    for (const bad of ["10.0.0.0", "10.0.0.256/8", "10.0.0.0/33", "::/0", ""])
      expect(cidr(bad)).toMatch(/^must be an IPv4/);
    expect(dnsLabel("a-1")).toBeUndefined();
    for (const bad of ["-a", "a-", "A", "a.b", "", "a".repeat(64)]) expect(dnsLabel(bad)).toMatch(/^must be 1 to 63/);
    for (const good of ["500m", "1", "1.5", "16Gi", "2G"]) expect(quantity(good)).toBeUndefined();
    for (const bad of ["16GB", "Gi", "-1", "1 Gi"]) expect(quantity(bad)).toMatch(/^must be a Kubernetes quantity/);
    for (const good of ["0 3 * * *", "*/5 0-6 1,15 * MON", "0 9-17/2 ? JAN-MAR sat,sun", "@daily"])
      expect(cronSchedule(good)).toBeUndefined();
    for (const bad of [
      "nightly",
      "* * * *",
      "* * * * * *",
      "60 * * * *",
      "* 24 * * *",
      "5-1 * * * *",
      "* * 0 * *",
      "*/0 * * * *",
      "* * * * 7",
    ])
      expect(cronSchedule(bad)).toMatch(/^must be a cron/);
    expect(listOf(dnsLabel, 1)([])).toBe("must have 1 items or more");
  });

  test("no rule crashes, whatever it is given", () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        const rules = [wholeNumber(1, 5), oneOf(["a"]), dnsLabel, quantity, cidr, cronSchedule, listOf(dnsLabel)];
        for (const rule of rules) expect(["string", "undefined"]).toContain(typeof rule(value as never));
      }),
    );
  });
});

describe("names and mirrors", () => {
  test.each([
    ["qdrant/qdrant:v1", "r.example/m/docker.io/qdrant/qdrant:v1"],
    ["redis", "r.example/m/docker.io/library/redis"],
    ["ghcr.io/a/b@sha256:0", "r.example/m/ghcr.io/a/b@sha256:0"],
    ["localhost:5000/a:1", "r.example/m/localhost:5000/a:1"],
  ])("%s is taken from %s", (image, mirrored) => {
    expect(mirroredImage(image, { images: "r.example/m/" })).toBe(mirrored);
    expect(mirroredImage(image)).toBe(image);
  });

  test("charts and images are pinned, each with a source", () => {
    for (const [name, row] of Object.entries(charts)) {
      expect([name, row.version]).toEqual([name, expect.stringMatching(/^v?\d+\.\d+/)]);
      expect(row.source && row.date).toBeTruthy();
    }
    for (const [name, row] of Object.entries(images)) {
      expect([name, row.image]).toEqual([name, expect.stringMatching(/:[\w.-]*\d[\w.-]*(@sha256:[0-9a-f]{64})?$/)]);
      expect(row.source && row.date).toBeTruthy();
    }
    expect(imagePin("qdrant", { images: "r.example" })).toMatch(/^r\.example\/docker\.io\/qdrant\/qdrant:/);
    expect(chartPin("nvidia-device-plugin").repository).toMatch(/^https:/);
    const mirrored = chartPin("nvidia-device-plugin", { charts: "oci://r.example/charts/" });
    expect(mirrored.chart).toBe("oci://r.example/charts/nvidia-device-plugin");
    expect(mirrored.repository).toBeUndefined();
  });

  test("a name that is too long keeps its beginning and stays unique", () => {
    expect(limitedName("short", 10)).toBe("short");
    const long = (last: string) => limitedName(`a-name-that-is-far-too-long-for-the-service-${last}`, 30);
    expect(long("1")).not.toBe(long("2"));
    expect(long("1")).toMatch(/^a-name-that-is-far/);
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.integer({ min: 12, max: 60 }), (name, maximum) => {
        expect(limitedName(name, maximum).length).toBeLessThanOrEqual(maximum);
      }),
    );
  });

  test("variables are named for the binding", () => expect(environmentPrefix("my-vectors.2")).toBe("MY_VECTORS_2"));
});

describe("in a program", () => {
  const cluster = { name: "c", platform: Platform.Kubernetes, kubeconfig: "{}" };

  test("one provider serves all users of a binding, another deployment makes its own", async () => {
    const program = () => {
      const first = kubernetesProvider(cluster, "one");
      expect(kubernetesProvider(cluster, "two")).toBe(first);
      expect(kubernetesProvider({ ...cluster }, "three")).not.toBe(first);
    };
    for (const run of [1, 2]) {
      const graph = await plan(program, { stack: `run${run}` });
      expect(graph.resources.map((row) => row.name).slice(1)).toEqual(["one", "three"]);
    }
  });

  test("a field of a secret binding is not secret, its credentials are", async () => {
    const graph = await plan(() => {
      const binding = pulumi.secret({ kind: "x", name: "x", credentials: { KEY: "hidden" } });
      return { name: bindingField(binding, "name"), credentials: binding.credentials };
    });
    expect(graph.outputs.name).toBe("x");
    expect(JSON.stringify(graph.outputs.credentials)).toBe('{"$secret":true}');
  });

  test("standard tags; the caller's win", async () => {
    const graph = await plan(
      () => ({
        tags: standardTags("aistack-aws:index:DataLake", DataClass.Restricted, {
          owner: "me",
          "aistack:data-class": "own",
        }),
      }),
      { stack: "prod" },
    );
    expect(graph.outputs.tags).toEqual({
      "aistack:component": "DataLake",
      "aistack:environment": "prod",
      "aistack:data-class": "own",
      owner: "me",
    });
  });
});

describe("amounts that a service sells", () => {
  const rule = offered("GiB", [...offeredAmounts([1200]), { from: 2400, to: Number.POSITIVE_INFINITY, step: 2400 }]);
  const bounded = offered("MiB/s", [{ from: 4000, to: 2_000_000, step: 4000 }]);

  test.each([1200, 2400, 4800, 2400 * 1000])("%d GiB is one of them", (value) => {
    expect(rule(value)).toBeUndefined();
  });

  test.each([
    [0, "1200"],
    [1300, "1200 and 2400"],
    [3600, "2400 and 4800"],
    [4800.5, "4800 and 7200"],
  ])("%d GiB is none, and the nearest are told", (value, nearest) => {
    expect(rule(value)).toBe(`must be 1200, or 2400 and more in steps of 2400 GiB; the nearest are ${nearest}`);
  });

  test("a range has an end", () => {
    expect(bounded(2_000_000)).toBeUndefined();
    expect(bounded(2_004_000)).toBe("must be 4000 to 2000000 in steps of 4000 MiB/s; the nearest are 2000000");
    expect(bounded(Number.NaN)).toContain("must be 4000 to 2000000");
  });
});

describe("a region for personal data", () => {
  test.each([
    [Platform.Aws, [Regulation.Gdpr], "us-east-1", /^GDPR .* asks for a region in the European Economic Area/],
    [Platform.Gcp, [Regulation.Gdpr], "us-central1", /choose one, such as europe-west3$/],
  ])("on %s under %s is not %s", (platform, regulations, region, reason) => {
    expect(residencyOf(platform, regulations)?.(region)).toMatch(reason);
  });

  test.each([
    [Platform.Aws, [Regulation.Gdpr], "eu-central-1"],
    [Platform.Aws, [Regulation.Hipaa], "us-east-1"],
    [Platform.Aws, [], "us-east-1"],
    [Platform.Aws, [Regulation.Gdpr], "xx-new-1"],
  ])("on %s under %s can be %s", (platform, regulations, region) => {
    expect(residencyOf(platform, regulations)?.(region)).toBeUndefined();
  });
});
