/** The scripts beside this file take a question as their argument and print one line of JSON: what they saw. */

/** @param ask the client's own way */
export async function tell(ask) {
  const seen = await ask(JSON.parse(process.argv[2])).then(
    (text) => ({ text }),
    (error) => ({
      error: {
        name: error.name === "Error" ? error.constructor.name : error.name,
        status: error.status,
        message: error.message,
      },
    }),
  );
  console.log(JSON.stringify(seen));
  process.exit();
}
