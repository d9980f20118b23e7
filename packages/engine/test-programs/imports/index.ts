import * as aws from "@pulumi/aws";
import * as kubernetes from "@pulumi/kubernetes";
import * as random from "@pulumi/random";

export const loaded = [aws.s3.Bucket, kubernetes.core.v1.Pod, random.RandomPassword].length;
