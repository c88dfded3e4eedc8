/**
 * The scripts in this folder take a question as argument, and print the answer's text or the error
 * as a line of JSON.
 */

/** @param ask asks the question with the client and returns the text */
export async function report(ask) {
  const result = await ask(JSON.parse(process.argv[2])).then(
    (text) => ({ text }),
    (error) => ({
      error: {
        name: error.name === "Error" ? error.constructor.name : error.name,
        status: error.status,
        message: error.message,
      },
    }),
  );
  console.log(JSON.stringify(result));
  process.exit();
}
