/** The thread that has the call log's file: it may wait for the disk, and the companion does not. */
import { parentPort, workerData } from 'node:worker_threads';
import { Database } from './database.ts';
import type { Answer, Question } from './thread.ts';

const port = parentPort;
if (port === null) throw new Error('worker.ts runs as a thread alone');

const { file } = workerData as { file: string };
let database: Database | null = null;

port.on('message', (question: Question) => {
  const answer: Answer = { id: question.id, ...done(question) };
  port.postMessage(answer);
});

function done(question: Question): { value: unknown } | { error: string } {
  try {
    return { value: run(question) };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

function run(question: Question): unknown {
  if (question.ask === 'close') {
    database?.close();
    database = null;
    return null;
  }
  // Opened at the first question, so that a folder that is not there yet is one failure, and not the thread's end.
  database ??= new Database(file);
  switch (question.ask) {
    case 'write':
      database.write(question.calls, question.notes);
      return null;
    case 'page':
      return database.page(question.query);
    case 'running':
      return database.running();
    case 'purge':
      return database.purge(question.before);
  }
}
