import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";

/** Hours that certificates are valid, and before their end from which an `up` renews them. */
const year = 365 * 24;
const authorityHours = { validityPeriodHours: 20 * year, earlyRenewalHours: 10 * year };
const certificateHours = { validityPeriodHours: 5 * year, earlyRenewalHours: 4 * year };

interface CertificateArgs {
  /** What it is for, as the name of its authority says. */
  commonName: string;
  dnsNames: pulumi.Input<string>[];
  /** Of the secret that it is put into. */
  metadata: kubernetes.types.input.meta.v1.ObjectMeta;
  /** Options of Kubernetes objects, whose provider the rest has no use for. */
  child: pulumi.CustomResourceOptions;
}

/**
 * A certificate with an authority of its own, in a secret with `tls.crt`, `tls.key` and `ca.crt`. An `up` in the time before
 * its end renews it; the servers read the new one without a restart. Clients go on trusting the authority.
 */
export class Certificate extends pulumi.ComponentResource {
  public readonly secretName: pulumi.Output<string>;
  /** The authority, in PEM form. */
  public readonly authority: pulumi.Output<string>;
  /** The certificate itself, in PEM form: another one once it is renewed. */
  public readonly certificate: pulumi.Output<string>;

  constructor(name: string, args: CertificateArgs, opts: pulumi.ComponentResourceOptions) {
    // What it was when stores of objects alone had one.
    const aliases = [{ type: "aistack-kubernetes:s3-store:Certificate" }];
    super("aistack-kubernetes:workload:Certificate", name, {}, { ...opts, aliases });
    const own = { parent: this };

    const authorityKey = privateKey(`${name}-authority-key`, own);
    const authority = new tls.SelfSignedCert(
      `${name}-authority`,
      {
        ...authorityHours,
        privateKeyPem: authorityKey.privateKeyPem,
        isCaCertificate: true,
        subject: { commonName: args.commonName },
        allowedUses: ["cert_signing", "crl_signing"],
        setSubjectKeyId: true,
      },
      own,
    );
    const key = privateKey(`${name}-key`, own);
    const request = new tls.CertRequest(
      `${name}-request`,
      { privateKeyPem: key.privateKeyPem, subject: { commonName: args.commonName }, dnsNames: args.dnsNames },
      own,
    );
    const certificate = new tls.LocallySignedCert(
      `${name}-certificate`,
      {
        ...certificateHours,
        caCertPem: authority.certPem,
        caPrivateKeyPem: authorityKey.privateKeyPem,
        certRequestPem: request.certRequestPem,
        allowedUses: ["digital_signature", "server_auth", "client_auth"],
      },
      own,
    );
    const secret = new kubernetes.core.v1.Secret(
      `${name}-secret`,
      {
        metadata: args.metadata,
        type: "kubernetes.io/tls",
        stringData: { "tls.crt": certificate.certPem, "tls.key": key.privateKeyPem, "ca.crt": authority.certPem },
      },
      { ...args.child, parent: this },
    );

    this.secretName = secret.metadata.name;
    this.authority = authority.certPem;
    this.certificate = certificate.certPem;
    this.registerOutputs();
  }
}

function privateKey(name: string, opts: pulumi.CustomResourceOptions): tls.PrivateKey {
  return new tls.PrivateKey(name, { algorithm: "ECDSA", ecdsaCurve: "P256" }, opts);
}
