"use client";

import { useEffect, useState } from "react";
import * as whatsgate from "whatsgate";
import { job } from "../../job.mjs";

export default function Page() {
  const [text, tell] = useState("");
  useEffect(() => {
    job(whatsgate, new URLSearchParams(location.search).get("place")).then(tell, (error) => tell(String(error)));
  }, []);
  return <output>{text}</output>;
}
