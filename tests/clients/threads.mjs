// Lists the threads with Node's own HTTP client.
const { HUBBUB_URL, HUBBUB_TOKEN } = process.env;

const response = await fetch(`${HUBBUB_URL}/1.0/content_threads`, {
  headers: { Authorization: `Bearer ${HUBBUB_TOKEN}` },
});
if (!response.ok) {
  console.error(response.status);
  process.exit(1);
}
console.log(await response.text());
