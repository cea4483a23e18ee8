// Something a button or a form does: it runs once at a time, and what goes wrong is shown beside it.

import { useState } from "preact/hooks";
import { type Problem, toProblem } from "../problem";

export interface Action<A extends unknown[]> {
  run: (...given: A) => Promise<void>;
  isRunning: boolean;
  problem: Problem | undefined;
  clear: () => void;
}

export function useAction<A extends unknown[]>(act: (...given: A) => Promise<void>): Action<A> {
  const [isRunning, setRunning] = useState(false);
  const [problem, setProblem] = useState<Problem | undefined>(undefined);
  const run = async (...given: A) => {
    if (isRunning) return;
    setRunning(true);
    setProblem(undefined);
    try {
      await act(...given);
    } catch (error) {
      setProblem(toProblem(error));
    } finally {
      setRunning(false);
    }
  };
  return { run, isRunning, problem, clear: () => setProblem(undefined) };
}
