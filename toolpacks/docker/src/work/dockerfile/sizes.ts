/** Unpacked sizes of common base images for linux/amd64 in megabytes, rounded: good for comparing, not for accounting. */
const SIZES: readonly (readonly [RegExp, number])[] = [
  [/^scratch$/, 0],
  [/distroless\/static/, 2],
  [/distroless\/base/, 21],
  [/distroless\/cc/, 24],
  [/distroless\/python/, 53],
  [/distroless\/nodejs/, 130],
  [/distroless\/java/, 190],
  [/^busybox/, 4],
  [/^alpine/, 8],
  [
    /^(node|python|golang|ruby|rust|php|openjdk|eclipse-temurin|amazoncorretto|nginx|redis|postgres)[:\w.-]*alpine/,
    120,
  ],
  [/^python:.*slim/, 125],
  [/^node:.*slim/, 220],
  [/^ruby:.*slim/, 220],
  [/^rust:.*slim/, 800],
  [/^golang/, 850],
  [/^rust/, 1_500],
  [/^node/, 1_100],
  [/^python/, 1_000],
  [/^ruby/, 1_000],
  [/^maven|^gradle/, 550],
  [/^eclipse-temurin.*jre/, 270],
  [/^(eclipse-temurin|openjdk|amazoncorretto)/, 460],
  [/^debian:.*slim/, 75],
  [/^debian/, 117],
  [/^ubuntu/, 78],
  [/^(centos|rockylinux|almalinux|fedora)/, 200],
  [/^nginx/, 190],
];

export function baseMegabytes(image: string): number | undefined {
  const name = image.replace(/^(docker\.io\/)?(library\/)?/, "");
  return SIZES.find(([shape]) => shape.test(name))?.[1];
}
