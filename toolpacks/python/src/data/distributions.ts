/** Distributions whose modules are called otherwise, and those that nobody imports. */
import stubs from "./import-names.gen.json" with { type: "json" };

/** Well-known ones that the stubs of typeshed do not tell. Several may bring the same module. */
const KNOWN: Readonly<Record<string, readonly string[]>> = {
  attr: ["attrs"],
  bs4: ["beautifulsoup4"],
  cv2: ["opencv-python", "opencv-python-headless", "opencv-contrib-python"],
  Crypto: ["pycryptodome", "pycrypto"],
  Cryptodome: ["pycryptodomex"],
  dateutil: ["python-dateutil"],
  django_filters: ["django-filter"],
  rest_framework: ["djangorestframework"],
  corsheaders: ["django-cors-headers"],
  debug_toolbar: ["django-debug-toolbar"],
  environ: ["django-environ"],
  dotenv: ["python-dotenv"],
  docx: ["python-docx"],
  pptx: ["python-pptx"],
  fitz: ["pymupdf"],
  git: ["gitpython"],
  grpc: ["grpcio"],
  jose: ["python-jose"],
  jwt: ["pyjwt"],
  kafka: ["kafka-python", "kafka-python-ng"],
  ldap: ["python-ldap"],
  magic: ["python-magic"],
  markdown: ["markdown"],
  MySQLdb: ["mysqlclient"],
  multipart: ["python-multipart"],
  nacl: ["pynacl"],
  OpenSSL: ["pyopenssl"],
  PIL: ["pillow"],
  pkg_resources: ["setuptools"],
  psycopg2: ["psycopg2", "psycopg2-binary"],
  pythoncom: ["pywin32"],
  win32api: ["pywin32"],
  win32con: ["pywin32"],
  serial: ["pyserial"],
  sklearn: ["scikit-learn"],
  skimage: ["scikit-image"],
  slugify: ["python-slugify"],
  socks: ["pysocks"],
  telegram: ["python-telegram-bot"],
  usb: ["pyusb"],
  websocket: ["websocket-client"],
  yaml: ["pyyaml"],
  zmq: ["pyzmq"],
  fake_useragent: ["fake-useragent"],
  google: ["google-cloud-storage", "google-api-python-client", "protobuf", "google-auth"],
  llama_index: ["llama-index", "llama-index-core"],
  ruamel: ["ruamel-yaml"],
  snowflake: ["snowflake-connector-python"],
  azure: ["azure-core", "azure-identity", "azure-storage-blob"],
};

/** Names as PEP 503 compares them. */
export function normalName(name: string): string {
  return name.replace(/[-_.]+/g, "-").toLowerCase();
}

/** Distributions that may bring a module, the module's own name first. */
export function distributionsOf(module: string): string[] {
  const byStubs: Readonly<Record<string, string>> = stubs;
  const stub = Object.hasOwn(byStubs, module) ? byStubs[module] : undefined;
  const known = Object.hasOwn(KNOWN, module) ? KNOWN[module] : undefined;
  return [
    ...new Set([...(known ?? []), ...(stub === undefined ? [] : [stub]), normalName(module)]),
  ];
}

const TOOLS =
  /^(?:pip|setuptools|wheel|build|twine|hatch(?:ling)?|poetry(?:-core)?|flit(?:-core)?|pdm|uv|tox|nox|pre-commit|ruff|black|isort|flake8.*|pylint.*|mypy|pyright|basedpyright|bandit|coverage|pytest.*|ipython|ipykernel|jupyter.*|notebook|sphinx.*|mkdocs.*|gunicorn|uvicorn|hypercorn|daphne|waitress|uwsgi|psycopg-binary|types-.*|.*-stubs|tzdata|pywin32|watchdog|debugpy)$/;

/** Run as programs, or loaded by others: an import would not be found. */
export function isTool(distribution: string): boolean {
  return TOOLS.test(distribution);
}
